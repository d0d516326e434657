"""Decisions: functions of facts."""

"""Chance that depends on nothing but a plan and a key, so that a record is known without those before it."""

from dfwarm.simulator.plan import StudyPlan

_MASK = (1 << 32) - 1


def draw(plan: StudyPlan, plate: int, visit: int, subject: int) -> int:
    """A number of 32 bits for a key."""
    mixed = (plan.seed * 0x9E3779B1 + plate * 0x85EBCA77 + visit * 0xC2B2AE3D + subject * 0x27D4EB2F) & _MASK
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & _MASK
    mixed = ((mixed ^ (mixed >> 12)) * 0x297A2D39) & _MASK
    return mixed ^ (mixed >> 15)


def part(drawn: int, parts: int) -> int:
    """Which of so many equal parts a drawn number falls in, by its upper bits."""
    return (drawn >> 16) * parts >> 16

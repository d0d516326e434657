"""The vendor's programs as the simulator plays them: shell and awk, so that they share no code with dfwarm."""

"""What rsync is asked to do and what it says: argv, itemized lines, outcome."""

"""A relay as a program: its home, its sign log, its connections, its clock."""

"""What people see of programs that sign in by OAuth: the question whether a program may, and the code to carry to another computer."""

"""The checks, one module a topic; every function `check_*` is one."""

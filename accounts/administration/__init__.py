"""What an operator may do to accounts and principals. The admin site calls these flows, and nothing else of it changes who may sign in."""

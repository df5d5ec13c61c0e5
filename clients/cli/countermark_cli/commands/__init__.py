"""What each command does: ``run(options, output)`` returns the exit status."""

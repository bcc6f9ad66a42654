"""The frame of the controllers: errors, the runner, security, log lines; no rule of a resource."""

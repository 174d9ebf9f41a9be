"""Settings: `base` is shared by `development` (the default), `test` and `production`."""

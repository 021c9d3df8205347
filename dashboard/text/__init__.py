"""Every sentence that a student reads passes through `i18n`."""

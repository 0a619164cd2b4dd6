"""Programs that check this repository; nothing here is shipped."""

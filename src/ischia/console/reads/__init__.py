"""What the console's pages read: one module a page, frozen values out."""

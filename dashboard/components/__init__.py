"""What runs in the browser: one folder for each component, its .py, .js and .css side by side."""

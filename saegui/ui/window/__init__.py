"""The window around the panels: docks, menus, dialogs, toasts, status bar."""

"""LibreOffice Calc: builds the add-in (.oxt) from the catalog of cell functions, and installs it for the user."""

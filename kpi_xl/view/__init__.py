"""The view room: an appraisal becomes everything that a form and a page show, in words, order and layout-free."""

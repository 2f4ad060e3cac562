"""Files before their content is understood: is it safe to open, how is it encoded, which sheets and lines does it hold."""

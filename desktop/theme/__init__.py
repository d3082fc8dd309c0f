"""How the window looks: colours by what they mean, and the style sheet made of them."""

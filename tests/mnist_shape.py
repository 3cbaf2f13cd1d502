"""The shape of MNIST's images, of the built-in digits and of drawings, for tests that make up weights for them."""

SHAPE = (28, 28)
D_IN = 784

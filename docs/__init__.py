"""What is written about the product, and what makes its pictures."""

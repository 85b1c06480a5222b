"""The query builder without its picture: what a form can say, as ADQL and back."""

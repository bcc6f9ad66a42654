"""The data: one class per table or collection, through a raw driver. No rules and no Flask."""

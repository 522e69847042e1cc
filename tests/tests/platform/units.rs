//! Request units: what each route costs, by our own meter, against its budget; and the access patterns that tables.md lists.

//! Tests of the layout as a whole, on real directories.

mod basics;

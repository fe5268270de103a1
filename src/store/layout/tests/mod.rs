//! Tests of the layout as a whole, on real directories.

mod basics;
mod crash;
mod faults;
mod foreign;
mod parallel;
mod verbs;

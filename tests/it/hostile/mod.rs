//! The built binary against input that means harm.

mod directories;
mod images;

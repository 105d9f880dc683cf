//! `hoso-simulate`: courier, store and portal as they are shipped, over a simulated line.

fn main() {}

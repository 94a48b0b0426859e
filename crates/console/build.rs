//! Has the crate built anew when the console was: the files that are embedded are not otherwise known to cargo, so that a binary
//! which was built without the console would stay without it. Runs nothing.

fn main() {
    println!("cargo::rerun-if-changed=dist");
}

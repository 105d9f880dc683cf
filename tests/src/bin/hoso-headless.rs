//! `hoso-headless`: the program without its window, for tests that break and kill it.

fn main() -> anyhow::Result<()> {
    acceptance::headless::serve()
}

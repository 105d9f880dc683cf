//! `hoso-token MODULE`: the helper process. It refuses to run by hand: it is started by the
//! program, speaks frames on its standard input and output, and ends when its input closes.

fn main() -> std::process::ExitCode {
    hoso_token::helper::main()
}

//! schemathesis over the portal's own description. It comes from PyPI, so this is no part of `test`.

use std::process::Command;

use anyhow::Result;

use crate::shell::{phase, run, target};
use crate::{links, python, setup};

pub fn run_contract() -> Result<()> {
    setup::run()?;
    let programs = python::programs()?;
    links::build()?;
    let mut contract = Command::new(target().join("debug/hoso-contract"));
    contract.arg(programs.join("schemathesis"));
    phase("schemathesis over openapi.json", || run(&mut contract))
}

//! The rules between fields that a form file cannot express. A rule applies to every form that has
//! its fields; where the law names a form, the rule does too.

use super::rules::Rules;
use super::voucher::issue_day;
use super::{Facts, Today, advance, contract, estimate, lines, list, payee, reconcile};
use crate::finding::Finding;
use crate::form::Form;
use crate::voucher::Voucher;

/// The named checks of `form` that need one voucher alone.
pub(super) fn voucher(
    form: &Form,
    voucher: &Voucher,
    index: usize,
    facts: &Facts,
    today: Today,
    out: &mut Vec<Finding>,
) {
    let rules = Rules {
        form,
        voucher,
        index,
        facts,
        today,
        day: issue_day(voucher, today),
    };
    estimate::voucher(&rules, out);
    contract::voucher(&rules, out);
    lines::voucher(&rules, out);
    payee::voucher(&rules, out);
    advance::voucher(&rules, out);
    list::voucher(&rules, out);
    reconcile::voucher(&rules, out);
}

//! The register of a unit's signers against the treasury's rules. Refuses to decide who signs: it
//! says what in the register cannot stand.
//!
//! Source: Circular 157/2025, articles 3 and 7: up to four first signatures (the account owner and
//! three more) and three second ones (the chief accountant and two more) to an account; the chief
//! accountant is no delegate of the owner.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::party::{Role, Signer, Unit};

/// Chữ ký thứ nhất of one account, at most.
pub const FIRST: usize = 4;
/// Chữ ký thứ hai of one account, at most.
pub const SECOND: usize = 3;

/// What cannot stand in the register.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum RegisterFault {
    TooManyFirst {
        account: String,
        count: usize,
    },
    TooManySecond {
        account: String,
        count: usize,
    },
    /// One person would give both signatures.
    BothRoles {
        name: String,
    },
    /// No appointment for the role covers the day.
    NobodyFor {
        account: String,
        role: Role,
    },
}

/// How many people may hold a role for one account at a time.
pub fn most(role: Role) -> usize {
    match role {
        Role::AccountOwner => FIRST,
        Role::ChiefAccountant => SECOND,
    }
}

/// Whether [`most`] people who were appointed before `signer` hold the role for the account on that day;
/// among those of one day the order of the register counts.
pub fn is_beyond(unit: &Unit, signer: &Signer, account: &str, day: NaiveDate) -> bool {
    let mut all: Vec<&Signer> = people(unit, signer.role, account, day).collect();
    all.sort_by_key(|s| s.valid_from);
    let mut beyond = all.iter().skip(most(signer.role));
    beyond.any(|s| s.person == signer.person)
}

/// Everything that cannot stand on `day`, each once.
pub fn faults(unit: &Unit, day: NaiveDate) -> Vec<RegisterFault> {
    let mut out = Vec::new();
    for account in &unit.accounts {
        let people = |role| people(unit, role, &account.number, day).count();
        let (first, second) = (people(Role::AccountOwner), people(Role::ChiefAccountant));
        let account = || account.number.clone();
        if first > FIRST {
            out.push(RegisterFault::TooManyFirst {
                account: account(),
                count: first,
            });
        }
        if second > SECOND {
            out.push(RegisterFault::TooManySecond {
                account: account(),
                count: second,
            });
        }
        for (role, count) in [(Role::AccountOwner, first), (Role::ChiefAccountant, second)] {
            if count == 0 {
                out.push(RegisterFault::NobodyFor {
                    account: account(),
                    role,
                });
            }
        }
    }
    for signer in &unit.signers {
        if signer.role == Role::ChiefAccountant && holds_both(unit, signer, day) {
            out.push(RegisterFault::BothRoles {
                name: signer.name.clone(),
            });
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Whether the person of `signer` is appointed for another role too on that day.
pub fn holds_both(unit: &Unit, signer: &Signer, day: NaiveDate) -> bool {
    signer.valid_on(day)
        && unit
            .signers
            .iter()
            .any(|s| s.person == signer.person && s.role != signer.role && s.valid_on(day))
}

/// Who may sign in a role for an account on a day, each person once.
pub fn people<'u>(
    unit: &'u Unit,
    role: Role,
    account: &str,
    day: NaiveDate,
) -> impl Iterator<Item = &'u Signer> {
    let fits = move |s: &&Signer| s.role == role && s.covers(account) && s.valid_on(day);
    unit.signers
        .iter()
        .enumerate()
        .filter_map(move |(n, signer)| {
            let earlier = unit.signers.iter().take(n);
            let again = earlier.filter(fits).any(|s| s.person == signer.person);
            (fits(&signer) && !again).then_some(signer)
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use uuid::Uuid;

    use super::*;
    use crate::id::{PersonId, UnitId};
    use crate::party::{Account, Treasury};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn signer(person: u128, role: Role) -> Signer {
        Signer {
            person: PersonId(Uuid::from_u128(person)),
            name: format!("Người {person}"),
            title: "Chủ tịch".to_owned(),
            role,
            delegate: false,
            valid_from: day("2026-01-01"),
            valid_to: None,
            certificates: vec![],
            accounts: vec![],
        }
    }

    fn unit(signers: Vec<Signer>) -> Unit {
        let account = |number: &str| Account {
            number: number.to_owned(),
            name: String::new(),
        };
        Unit {
            id: UnitId(Uuid::from_u128(1)),
            code: "1057713".to_owned(),
            name: String::new(),
            address: String::new(),
            chapter: "830".to_owned(),
            area: "03424".to_owned(),
            treasury: Treasury {
                code: "2365".to_owned(),
                name: String::new(),
            },
            accounts: vec![account("9523.4"), account("3713.0")],
            signers,
            hue: 0,
        }
    }

    const OWNER: Role = Role::AccountOwner;
    const CHIEF: Role = Role::ChiefAccountant;

    #[test]
    fn four_first_and_three_second_signatures_stand_and_one_more_does_not() {
        let mut signers: Vec<Signer> = (1..=4).map(|n| signer(n, OWNER)).collect();
        signers.extend((11..=13).map(|n| signer(n, CHIEF)));
        let today = day("2026-11-22");
        assert_eq!(faults(&unit(signers.clone()), today), []);
        // a second certificate of the same person is no further signature
        signers.push(signer(4, OWNER));
        assert_eq!(faults(&unit(signers.clone()), today), []);
        let mut fifth = signer(5, OWNER);
        fifth.accounts = vec!["3713.0".to_owned()];
        signers.push(fifth);
        signers.push(signer(14, CHIEF));
        let second = |account: &str| RegisterFault::TooManySecond {
            account: account.to_owned(),
            count: 4,
        };
        assert_eq!(
            faults(&unit(signers), today),
            [
                RegisterFault::TooManyFirst {
                    account: "3713.0".to_owned(),
                    count: 5
                },
                second("3713.0"),
                second("9523.4"),
            ]
        );
    }

    #[test]
    fn one_signer_too_many_is_the_one_appointed_last_and_only_where_there_are_too_many() {
        let today = day("2026-11-22");
        let mut signers: Vec<Signer> = (11..=14).map(|n| signer(n, CHIEF)).collect();
        signers[0].valid_from = day("2026-02-01");
        signers[1].accounts = vec!["9523.4".to_owned()];
        let register = unit(signers.clone());
        let beyond = |account| {
            let one = |s: &&Signer| is_beyond(&register, s, account, today);
            signers
                .iter()
                .filter(one)
                .map(|s| s.person)
                .collect::<Vec<_>>()
        };
        assert_eq!(beyond("9523.4"), [signers[0].person]);
        assert_eq!(beyond("3713.0"), []);
        // appointed on one day: the last of the register
        signers[0].valid_from = signers[1].valid_from;
        let register = unit(signers.clone());
        assert!(is_beyond(&register, &signers[3], "9523.4", today));
        assert!(!is_beyond(&register, &signers[0], "9523.4", today));
    }

    #[test]
    fn an_appointment_counts_on_its_days_and_its_accounts_only() {
        let mut owner = signer(1, OWNER);
        owner.valid_to = Some(day("2026-06-30"));
        let mut chief = signer(2, CHIEF);
        chief.accounts = vec!["9523.4".to_owned()];
        let unit = unit(vec![owner, chief]);
        let nobody = |account: &str, role| RegisterFault::NobodyFor {
            account: account.to_owned(),
            role,
        };
        assert_eq!(faults(&unit, day("2026-06-30")), [nobody("3713.0", CHIEF)]);
        assert_eq!(
            faults(&unit, day("2026-07-01")),
            [
                nobody("3713.0", CHIEF),
                nobody("3713.0", OWNER),
                nobody("9523.4", OWNER)
            ]
        );
    }

    #[test]
    fn the_chief_accountant_is_never_the_owners_delegate_at_the_same_time() {
        let mut delegate = signer(2, OWNER);
        delegate.delegate = true;
        let mut unit = unit(vec![signer(1, OWNER), signer(2, CHIEF), delegate]);
        let both = RegisterFault::BothRoles {
            name: "Người 2".to_owned(),
        };
        assert_eq!(faults(&unit, day("2026-11-22")), [both]);
        unit.signers[1].valid_to = Some(day("2026-03-31"));
        unit.signers.push(signer(3, CHIEF));
        unit.signers[2].valid_from = day("2026-04-01");
        assert_eq!(faults(&unit, day("2026-11-22")), []);
    }

    #[test]
    fn a_deputy_signs_kt_and_another_delegate_tuq() {
        let mut one = signer(1, OWNER);
        assert_eq!(one.mark(), "");
        one.delegate = true;
        assert_eq!(one.mark(), "TUQ.");
        one.title = "Phó Chủ tịch".to_owned();
        assert_eq!(one.mark(), "KT.");
        one.title = "Phó phòng Kinh tế".to_owned();
        assert_eq!(one.mark(), "KT.");
    }
}

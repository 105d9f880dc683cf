//! A recovery code as it is read aloud and copied by hand: group by group.

use leptos::prelude::*;

/// The groups of a code such as `P1A2-RR9P-…`, each by itself; `.recovery` lays them out.
pub fn code_groups(code: &str) -> impl IntoView + use<> {
    code.split('-')
        .map(|group| view! { <span>{group.to_owned()}</span> })
        .collect_view()
}

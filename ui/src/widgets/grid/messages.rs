//! What is wrong in the lines, in words under them; and what a paste could not read.

use leptos::prelude::*;

use hoso_domain::finding::{Finding, Place, Severity};
use hoso_domain::form::Column;

use super::steer::Steer;
use crate::icons::{Icon, icon};
use crate::words::{W, tf};

/// So many are said at once; the others are counted.
const MOST: usize = 20;

#[component]
pub fn Messages(
    steer: Steer,
    problems: Signal<Vec<Finding>>,
    block: String,
    columns: Vec<Column>,
) -> impl IntoView {
    let (unread, joined) = (steer.unread, steer.joined);
    let label = move |id: &str| {
        columns
            .iter()
            .find(|c| c.id == id)
            .map_or_else(|| id.to_owned(), |c| c.full_label())
    };
    let testid = format!("{block}-problems");
    let said = Memo::new(move |_| {
        problems.with(|all| {
            (
                all.iter().take(MOST).cloned().collect::<Vec<_>>(),
                all.len(),
            )
        })
    });
    view! {
        <div class="under grid-under" data-testid=testid aria-live="polite">
            {move || {
                let (shown, all) = said.get();
                let more = all.saturating_sub(shown.len());
                view! {
                    {shown.into_iter().filter_map(|mut f| {
                        // the place is said here already
                        f.params.remove("line");
                        let Place::Cell { row, column, .. } = &f.place else { return None };
                        let place = tf(W::LineColumn, &[&row.saturating_add(1), &label(column)]);
                        let error = f.severity == Severity::Error;
                        Some(view! {
                            <p class=if error { "err" } else { "err warn" } data-code=f.code.as_str()>
                                {icon(if error { Icon::Cross } else { Icon::Warning })}
                                <span>{place}": "{crate::say::finding(&f)}</span>
                            </p>
                        })
                    }).collect_view()}
                    {(more > 0).then(|| view! { <p class="note">{tf(W::AndMore, &[&more])}</p> })}
                }
            }}
            {move || {
                let unread = unread.get();
                let more = unread.len().saturating_sub(MOST);
                (!unread.is_empty()).then(|| view! {
                    <div class="notice wait" data-testid="paste-unread">
                        {icon(Icon::Warning)}
                        <div>
                            <b>{tf(W::PasteUnread, &[&unread.len()])}</b>
                            <ul>{unread.into_iter().take(MOST).map(|u| view! {
                                <li>{tf(W::LineColumn, &[&u.row, &u.column])}": “"{u.text}"”"</li>
                            }).collect_view()}</ul>
                            {(more > 0).then(|| view! { <p>{tf(W::AndMore, &[&more])}</p> })}
                        </div>
                    </div>
                })
            }}
            {move || (joined.get() > 0).then(|| view! {
                <p class="note" data-testid="paste-joined">{icon(Icon::Check)}<span>{tf(W::PasteJoined, &[&joined.get()])}</span></p>
            })}
        </div>
    }
}

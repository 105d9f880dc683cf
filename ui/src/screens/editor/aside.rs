//! Beside the form: checks, the two drawers, history.

use leptos::prelude::*;

use hoso_domain::dossier::Drawer;

use super::Bench;
use super::carry::Carry;
use crate::say;
use crate::widgets::drawer::DrawerCard;
use crate::widgets::findings::Findings;
use crate::words::{W, t};

#[component]
pub fn Aside(bench: Bench) -> impl IntoView {
    let files = Signal::derive(move || bench.view.with(|v| v.attachments.clone()));
    let seconds = Signal::derive(move || bench.view.with(|v| v.seconds));
    let read_only = Signal::stored(!bench.editable);
    let changed = Callback::new(move |()| bench.reload());
    view! {
        <aside class="aside">
            <Findings findings=bench.saver.findings open_missing=bench.open_missing/>
            <DrawerCard dossier=bench.id drawer=Drawer::Treasury files seconds read_only changed/>
            <DrawerCard dossier=bench.id drawer=Drawer::Unit files read_only changed/>
            <Carry bench/>
            <section class="card side" data-testid="history">
                <header class="side-head"><h2>{t(W::History)}</h2></header>
                <ol class="history">
                    {move || bench.view.with(|v| v.history.iter().rev().map(|row| view! {
                        <li data-act=row.act.clone()>
                            <time>{say::date_time(row.at)}</time>
                            <span>{say::act(row)}</span>
                            <small>{row.who.clone()}</small>
                        </li>
                    }).collect_view())}
                </ol>
            </section>
        </aside>
    }
}

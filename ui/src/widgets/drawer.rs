//! One drawer of files: what lies in it, how large, add and take out.

use leptos::prelude::*;

use hoso_contract::command::{Attach, Detach, PickPath};
use hoso_contract::view::AttachmentView;
use hoso_domain::dossier::Drawer;
use hoso_domain::id::{AttachmentId, DossierId};

use super::confirm::Confirm;
use crate::icons::{Icon, icon};
use crate::say;
use crate::state::desk;
use crate::words::{W, t, tf};

/// A poor line, in bits per second.
const POOR_LINE: u64 = 64_000;

#[component]
pub fn DrawerCard(
    dossier: DossierId,
    drawer: Drawer,
    #[prop(into)] files: Signal<Vec<AttachmentView>>,
    /// How long they take at the speed measured last.
    #[prop(optional, into)]
    seconds: Signal<Option<u64>>,
    #[prop(into)] read_only: Signal<bool>,
    /// Called when a file was added or taken out.
    #[prop(into)]
    changed: Callback<()>,
) -> impl IntoView {
    let desk = desk();
    let (title, note, testid) = match drawer {
        Drawer::Treasury => (W::DrawerTreasury, W::DrawerTreasuryNote, "drawer-treasury"),
        Drawer::Unit => (W::DrawerUnit, W::DrawerUnitNote, "drawer-unit"),
    };
    let mine = Memo::new(move |_| {
        let mut all = files.get();
        all.retain(|f| f.drawer == drawer);
        all
    });
    let busy = RwSignal::new(false);
    let add = move |_| {
        desk.run(
            PickPath {
                kind: "attachment".to_owned(),
                suggested: String::new(),
            },
            move |path| {
                let Some(path) = path else { return };
                busy.set(true);
                leptos::task::spawn_local(async move {
                    match crate::ipc::call(Attach {
                        id: dossier,
                        drawer,
                        path,
                    })
                    .await
                    {
                        Ok(file) => {
                            desk.toast(match file.original {
                                Some(before) => tf(
                                    W::FileShrunk,
                                    &[&file.name, &say::size(before), &say::size(file.size)],
                                ),
                                None => tf(W::FileAdded, &[&file.name]),
                            });
                            changed.run(());
                        }
                        Err(error) => desk.fail(error),
                    }
                    busy.try_set(false);
                });
            },
        );
    };
    let leaving = RwSignal::new(None::<(AttachmentId, String)>);
    let asking = RwSignal::new(false);
    let take_out = move |_| {
        if let Some((attachment, _)) = leaving.get_untracked() {
            desk.run(
                Detach {
                    id: dossier,
                    attachment,
                },
                move |()| changed.run(()),
            );
        }
    };
    view! {
        <section class="card side" data-testid=testid>
            <header class="side-head">
                <h2>{t(title)}</h2>
                <span class="count">{move || mine.with(Vec::len)}</span>
            </header>
            <ul class="files">
                <For each=move || mine.get() key=|f| f.id let:file>
                    {
                        let (id, name) = (file.id, file.name.clone());
                        let spoken = tf(W::TakeOut, &[&file.name]);
                        view! {
                            <li data-testid=format!("{testid}-file")>
                                {icon(Icon::File)}
                                <span class="file-name" title=file.name.clone()>{file.name.clone()}</span>
                                <small>{say::size(file.size)}</small>
                                <Show when=move || !read_only.get()>
                                    <button type="button" class="btn quiet square small" title=spoken.clone()
                                        aria-label=spoken.clone() data-testid=format!("{testid}-remove")
                                        on:click={
                                            let name = name.clone();
                                            move |_| {
                                                leaving.set(Some((id, name.clone())));
                                                asking.set(true);
                                            }
                                        }>{icon(Icon::Cross)}</button>
                                </Show>
                            </li>
                        }
                    }
                </For>
            </ul>
            {move || (drawer == Drawer::Treasury && mine.with(|m| !m.is_empty())).then(|| {
                let bytes: u64 = mine.with(|m| m.iter().map(|f| f.size).sum());
                let time = match seconds.get() {
                    Some(seconds) => tf(W::AboutLastSpeed, &[&say::duration(seconds)]),
                    // no speed is known yet: that of a poor line
                    None => tf(W::AboutPoorLine, &[&say::duration(bytes.saturating_mul(8).div_ceil(POOR_LINE))]),
                };
                view! { <p class="note strong" data-testid="drawer-time">{tf(W::DrawerTime, &[&say::size(bytes), &time])}</p> }
            })}
            <p class="note">{t(note)}</p>
            <Show when=move || !read_only.get()>
                <button type="button" class="btn quiet flush" data-testid=format!("{testid}-add")
                    disabled=move || busy.get() on:click=add>
                    {icon(Icon::Plus)}{move || t(if busy.get() { W::Adding } else { W::AddFile })}
                </button>
            </Show>
            <Confirm open=asking title=t(W::TakeOutTitle).to_owned()
                question=Signal::derive(move || leaving.with(|l| l.as_ref().map_or_else(String::new, |(_, n)| tf(W::TakeOutAsk, &[n]))))
                yes=t(W::TakeOutYes) testid="detach" act=take_out/>
        </section>
    }
}

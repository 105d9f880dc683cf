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

#[component]
pub fn DrawerCard(
    dossier: DossierId,
    drawer: Drawer,
    #[prop(into)] files: Signal<Vec<AttachmentView>>,
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
                            desk.toast(tf(W::FileAdded, &[&file.name]));
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

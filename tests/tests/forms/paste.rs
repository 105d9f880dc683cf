//! Tables from a spreadsheet: what goes in at once, what is asked about, what can be taken back.

use std::path::Path;

use acceptance::sitting::sitting;
use acceptance::steps::{new_dossier, saved};
use acceptance::window::Window;
use fantoccini::key::Key;

const FIRST: &str = "cell-lines-0-content";

/// One line of form 13 as a spreadsheet gives it.
fn line(content: &str, amount: &str) -> String {
    format!("{content}\t1C26TAA-0001287\t18/11/2026\t\t\t6551\t341\t13\t{amount}")
}

/// Types over what a cell holds and leaves it.
async fn retype(window: &Window, cell: &str, text: &str) {
    window.go_to(cell).await.unwrap();
    window.write(text).await.unwrap();
    window.keys(&[Key::Tab.into()]).await.unwrap();
}

async fn amount(window: &Window, row: usize) -> String {
    let cell = format!("cell-lines-{row}-amount");
    window.read(&cell).await.unwrap()
}

#[test]
fn a_pasted_table_asks_what_it_cannot_know_and_every_step_can_be_taken_back() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("paste");
    let done = sitting(&out, async |office, window, record| {
        new_dossier(window).await.unwrap();

        // numbers in two hands, an old encoding, heads, a cell too many: asked before anything goes in
        let table = [
            "Nội dung\tSố\tNgày\tSố CT\tNgày CT\tMã NDKT\tMã ngành\tMã nguồn\tSố tiền\tGhi chú"
                .to_owned(),
            format!("{}\tgấp", line("v¨n phßng phÈm", "1.250.000")),
            line("Mực in", "1,250,000.00"),
            line("Bút", "12 nghìn"),
        ];
        window
            .paste(FIRST, &format!("{}\n", table.join("\n")))
            .await
            .unwrap();
        window.find("paste-numbers").await.unwrap();
        let closed = window
            .count("[data-testid=paste-yes]:disabled")
            .await
            .unwrap();
        assert_eq!(closed, 1, "how amounts are written is for a person to say");
        assert_eq!(window.read(FIRST).await.unwrap(), "", "nothing is in yet");
        window.tick("paste-commas").await.unwrap();
        let unread = window.read("paste-cannot-read").await.unwrap();
        assert!(
            unread.contains("12 nghìn") && unread.contains("1.250.000"),
            "{unread}"
        );
        record.step(&office.desk, "asked", &[]).unwrap();
        assert_eq!(window.cut().await.unwrap(), Vec::<String>::new());
        window.tick("paste-typed").await.unwrap();
        window.tick("paste-dots").await.unwrap();
        window.press("paste-yes").await.unwrap();
        window.wait_gone("paste-yes").await.unwrap();
        assert_eq!(window.read(FIRST).await.unwrap(), "văn phòng phẩm");
        assert_eq!(amount(window, 0).await, "1.250.000");
        assert_eq!(amount(window, 1).await, "1,250,000.00", "kept as pasted");
        assert_eq!(amount(window, 2).await, "12 nghìn");
        window.find("paste-unread").await.unwrap();
        record.step(&office.desk, "pasted", &[]).unwrap();

        // taken back as one step, and done again
        window.press("btn-undo").await.unwrap();
        window.wait_gone("line-lines-1").await.unwrap();
        assert_eq!(window.read(FIRST).await.unwrap(), "");
        window.press("btn-redo").await.unwrap();
        window.find("line-lines-2").await.unwrap();
        assert_eq!(amount(window, 0).await, "1.250.000");
        retype(window, "cell-lines-1-amount", "300000").await;
        retype(window, "cell-lines-2-amount", "12000").await;
        window.wait_until("total", "1.562.000").await.unwrap();
        window.chord(Key::Control, 'z').await.unwrap();
        window
            .wait_until("cell-lines-2-amount", "12 nghìn")
            .await
            .unwrap();
        window.chord(Key::Control, 'y').await.unwrap();
        window.wait_until("total", "1.562.000").await.unwrap();
        saved(window).await.unwrap();

        // ten thousand lines of one hand go in at once, and none is lost
        let many: Vec<String> = (0..10_000)
            .map(|n| line(&format!("Khoản {n}"), "1000"))
            .collect();
        window
            .paste(FIRST, &format!("{}\n", many.join("\n")))
            .await
            .unwrap();
        window.wait_until("total", "10.000.000").await.unwrap();
        record.step(&office.desk, "ten-thousand", &[]).unwrap();
        let drawn = window.count("table.grid tr.line").await.unwrap();
        assert!(drawn < 300, "{drawn} lines are drawn at once");
        // the last line is a key away, and is there
        window.go_to("cell-lines-0-amount").await.unwrap();
        window.chord(Key::Control, Key::End.into()).await.unwrap();
        window
            .wait_until("cell-lines-9999-content", "Khoản 9999")
            .await
            .unwrap();
        assert_eq!(window.focused().await.unwrap(), "cell-lines-9999-amount");
        record.step(&office.desk, "the-last-line", &[]).unwrap();
        saved(window).await.unwrap();

        // beyond 15 digits the total is said to be too large, and the lines stay
        retype(window, "cell-lines-9999-amount", "999999999999999").await;
        window
            .wait_for("[data-code=total-too-large]")
            .await
            .unwrap();
        assert_eq!(amount(window, 9999).await, "999.999.999.999.999");
        Ok(())
    });
    done.unwrap();
}

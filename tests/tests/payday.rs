//! Books, pay and carrying by hand in the real window, with no portal running.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use acceptance::journey::Office;
use acceptance::record::Record;
use acceptance::sitting::sitting;
use acceptance::steps::{new_dossier, saved};
use acceptance::window::Window;
use anyhow::{Context, Result};
use hoso_domain::check::contract_key;
use hoso_domain::money::Dong;
use hoso_testkit::pay;

/// A spreadsheet of text.
fn table(path: &Path, rows: &[&[&str]]) -> PathBuf {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(*cells) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    book.save(path).unwrap();
    path.to_owned()
}

fn run(name: &str, work: impl AsyncFnOnce(&Office, &Window, &mut Record) -> Result<()>) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    sitting(&out, work).unwrap();
}

/// Replaces the text of what has the focus and presses Enter before anything else happens.
const TYPE_AND_ENTER: &str = "const e = document.activeElement;
    e.value = arguments[0];
    e.dispatchEvent(new Event('input', {bubbles: true}));
    e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
    arguments[1]();";

/// Chooses a payee by the first letters of its name.
async fn pick_payee(window: &Window, testid: &str, typed: &str) -> Result<()> {
    window.go_to(testid).await?;
    window.write(typed).await?;
    window.press("suggestion-0").await
}

#[test]
fn a_pay_table_of_45_becomes_a_checked_set_in_the_window_without_a_digit_retyped() {
    run("payroll", async |office, window, record| {
        let payees = table(
            &office.dir.join("doi-tuong.xlsx"),
            &[
                &["Tên đơn vị", "Số tài khoản", "Ngân hàng, Kho bạc"],
                &["Bảo hiểm xã hội cơ sở", "3741000123456", "KBNN khu vực XI"],
                &["Công đoàn xã", "3605201000999", "Agribank Kỳ Sơn"],
            ],
        );
        let path = office.dir.join("bang-luong.xlsx");
        let people = pay::table(45);
        pay::write(&path, &people, pay::totals(&people))?;
        // who is paid comes from a table as well
        window.press("nav-books").await?;
        window.press("books-codes").await?;
        office.answer("table", &payees)?;
        window.press("payees-import").await?;
        window.find("mapping-yes").await?;
        record.step(&office.desk, "mapping-payees", &[])?;
        window.press("mapping-yes").await?;
        window.wait_gone("mapping-yes").await?;
        window.press("books-payroll").await?;
        window.press("payroll-targets").await?;
        pick_payee(window, "target-insurance-payee_name", "bao hiem").await?;
        pick_payee(window, "target-union-payee_name", "cong doan").await?;
        assert_eq!(
            window.read("target-insurance-payee_account").await?,
            "3741000123456"
        );
        window
            .fill("target-tax-taxpayer_tax_code", "0100100417")
            .await?;
        window.fill("target-tax-tax_chapter", "857").await?;
        window
            .fill("target-tax-revenue_agency", "Thuế cơ sở 2")
            .await?;
        record.step(&office.desk, "targets", &[])?;
        office.answer("table", &path)?;
        window.press("payroll-read").await?;
        window.find("mapping-yes").await?;
        assert!(!window.has("mapping-remembered").await?);
        record.step(&office.desk, "mapping-pay", &[])?;
        window.press("mapping-yes").await?;
        window.wait_until("payroll-people", "45").await?;
        assert!(!window.has("row-errors").await?);
        record.step(&office.desk, "pay-read", &[])?;
        window.press("payroll-make").await?;
        window.find("payroll-made").await?;
        window.show("payroll-made").await?;
        record.step(&office.desk, "pay-made", &[])?;
        for purpose in ["net", "insurance", "union", "tax"] {
            window.find(&format!("payroll-open-{purpose}")).await?;
        }
        let note = window.read("payroll-made").await?;
        assert_eq!(note.matches("Không có lỗi").count(), 4, "{note}");
        let gross = Dong::parse(&window.read("payroll-gross").await?)?;
        let net = Dong::parse(&window.read("payroll-net").await?)?;
        assert!(gross > net, "{gross} {net}");
        window.press("payroll-open-net").await?;
        window.find("screen-editor").await?;
        window.wait_until("total", &net.to_string()).await?;
        assert_eq!(window.errors().await?, Vec::<String>::new());
        record.step(&office.desk, "pay-net", &[])?;
        // the same table again: columns and targets are known, and a second set is asked about
        window.press("nav-books").await?;
        window.press("books-payroll").await?;
        window.press("payroll-read").await?;
        window.find("mapping-remembered").await?;
        window.press("mapping-yes").await?;
        window.wait_until("payroll-people", "45").await?;
        assert!(!window.has("payroll-targets-missing").await?);
        window.press("payroll-make").await?;
        window.press("payroll-again-no").await?;
        assert!(!window.has("payroll-made").await?);
        // December is paid in January as well
        window.press("books-codes").await?;
        window.press("books-payroll").await?;
        let last: i32 = window.read("payroll-year").await?.parse()?;
        let last = (last - 1).to_string();
        window.choose_option("payroll-year", &last).await?;
        window.fill("payroll-month", "12").await?;
        window.press("payroll-read").await?;
        window.press("mapping-yes").await?;
        window.wait_until("payroll-people", "45").await?;
        window.press("payroll-make").await?;
        window.press("payroll-open-net").await?;
        let december = format!("tháng 12/{last}");
        window.find("screen-editor").await?;
        window.wait_until("field-content", &december).await?;
        Ok(())
    });
}

#[test]
fn a_carried_dossier_goes_from_imported_lines_to_its_result_with_no_portal_running() {
    run("carried", async |office, window, record| {
        let lines = table(
            &office.dir.join("dong.xlsx"),
            &[
                &["Nội dung", "Tiểu mục", "Mã ngành", "Mã nguồn", "Số tiền"],
                &["Tiền điện tháng 10", "6501", "341", "13", "1.250.000"],
                &["Tiền nước tháng 10", "6502", "341", "13", "350000"],
            ],
        );
        new_dossier(window).await?;
        let wrong = table(
            &office.dir.join("sai.xlsx"),
            &[&["Nội dung", "Số tiền"], &["Tiền điện", "một triệu"]],
        );
        office.answer("table", &wrong)?;
        window.press("import-lines").await?;
        window.press("mapping-yes").await?;
        window.wait_until("row-errors", "Dòng 2").await?;
        record.step(&office.desk, "row-error", &[])?;
        office.answer("table", &lines)?;
        window.press("import-lines").await?;
        window.press("mapping-yes").await?;
        window.wait_until("total", "1.600.000").await?;
        for (field, text) in [
            ("field-content", "Tiền điện, nước tháng 10"),
            ("field-payee_name", "Công ty Điện lực Điện Biên"),
            ("field-payee_account", "0101000123456"),
            ("field-payee_bank", "Vietcombank Điện Biên"),
        ] {
            window.fill(field, text).await?;
        }
        saved(window).await?;
        assert_eq!(window.errors().await?, Vec::<String>::new());
        // a hand faster than the list keeps the code it typed
        window.go_to("cell-lines-1-economic_content").await?;
        window.write("65").await?;
        window.find("suggestion-0").await?;
        window.measure(TYPE_AND_ENTER, vec!["6502".into()]).await?;
        window.wait_gone("suggestion-0").await?;
        window
            .wait_value("cell-lines-1-economic_content", "6502")
            .await?;
        saved(window).await?;
        // F3: the tree, narrowed by a name without accents
        window.go_to("cell-lines-1-economic_content").await?;
        window.keys(&[fantoccini::key::Key::F3.into()]).await?;
        window.find("tree-search").await?;
        window.find("tree-6500").await?;
        record.step(&office.desk, "tree", &[])?;
        window.write("dien thoai").await?;
        window.press("tree-6601").await?;
        window.wait_gone("tree-search").await?;
        saved(window).await?;
        window
            .wait_value("cell-lines-1-economic_content", "6601")
            .await?;
        window.press("carry-open").await?;
        let sheet = window.read("carry-sheet").await?;
        assert!(
            sheet.contains("1600000") && sheet.contains("6601"),
            "{sheet}"
        );
        record.step(&office.desk, "carry-sheet", &[])?;
        window.press("carry-sheet-close").await?;
        let xml = office.dir.join("chung-tu.xml");
        office.answer("save-xml", &xml)?;
        window.press("carry-xml").await?;
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
        while !xml.exists() {
            assert!(tokio::time::Instant::now() < end, "no XML was written");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let written = std::fs::read_to_string(&xml)?;
        assert!(written.contains("<voucher form=\"13\""), "{written}");
        window.press("carry-done").await?;
        window.find("carried-save").await?;
        window.fill("carried-number", "H18.2026.00012").await?;
        window.fill("carried-text", "Kho bạc đã trả báo Nợ").await?;
        window.press("carried-document").await?;
        window.wait_until("carried-document", "quyet-dinh").await?;
        window.choose_option("carried-status", "1").await?;
        window.press("carried-save").await?;
        window
            .wait_until("treasury-number", "H18.2026.00012")
            .await?;
        record.step(&office.desk, "carried", &[])?;
        window.press("nav-results").await?;
        let said = window
            .wait_until("screen-results", "Đã hoàn thành giao nhận")
            .await
            .context("the result is not in the list")?;
        assert!(
            !window.has("receipt").await?,
            "a typed answer is no receipt"
        );
        assert!(said.contains("Tiền điện, nước tháng 10"), "{said}");
        record.step(&office.desk, "result", &[])?;
        Ok(())
    });
}

/// Opens one of the books.
async fn book(window: &Window, tab: &str) -> Result<()> {
    window.press("nav-books").await?;
    window.press(&format!("books-{tab}")).await
}

/// Fills a dialog of the books and saves it.
async fn keep(window: &Window, dialog: &str, fields: &[(&str, &str)]) -> Result<()> {
    for (field, text) in fields {
        window.fill(&format!("{dialog}-{field}"), text).await?;
    }
    let save = format!("{dialog}-save");
    window.press(&save).await?;
    window.wait_gone(&save).await
}

#[test]
fn what_the_treasury_moved_is_untied_and_tied_again_by_its_number() {
    run("movement", async |office, window, record| {
        let lines = table(
            &office.dir.join("dong.xlsx"),
            &[
                &["Nội dung", "Tiểu mục", "Mã ngành", "Mã nguồn", "Số tiền"],
                &["Tiền điện tháng 10", "6501", "341", "13", "1.250.000"],
            ],
        );
        let id = new_dossier(window).await?;
        office.answer("table", &lines)?;
        window.press("import-lines").await?;
        window.press("mapping-yes").await?;
        window.wait_until("total", "1.250.000").await?;
        window.fill("field-content", "Tiền điện tháng 10").await?;
        saved(window).await?;
        // each value by one key, the next one ready
        window.press("carry-open").await?;
        window.press("carry-value").await?;
        window.wait_until("toasts", "Đã chép").await?;
        assert_eq!(window.focused().await?, "carry-value");
        window.press("carry-sheet-close").await?;
        let number = window.read("field-number").await?;
        let day = window.read("field-voucher_date").await?;
        let account = window.read("field-account").await?;
        window.press("carry-done").await?;
        window.find("carried-save").await?;
        let statement = table(
            &office.dir.join("sao-ke.xlsx"),
            &[
                &["Ngày", "Tài khoản", "Nợ", "Có", "Chứng từ"],
                &[day.as_str(), account.as_str(), "1250000", "", "UNC"],
            ],
        );
        book(window, "movements").await?;
        office.answer("table", &statement)?;
        window.press("movement-import").await?;
        window.press("mapping-yes").await?;
        // the only dossier of that amount was found by itself
        window.press("movement-untie").await?;
        window.find("movement-match").await?;
        window.press("movement-match").await?;
        window.wait_gone("movement-match").await?;
        window.press("movement-untie").await?;
        window.find("movement-match").await?;
        window.press("movement-other").await?;
        window.fill("matching-text", &number).await?;
        window.press("matching-look").await?;
        window.find("matching-row").await?;
        record.step(&office.desk, "matching", &[])?;
        window.press("matching-tie").await?;
        window.wait_gone("matching-row").await?;
        window.press("movement-open").await?;
        let opened = window.data("screen-editor", "data-dossier").await?;
        assert_eq!(opened, id.to_string());
        Ok(())
    });
}

#[test]
fn a_contract_is_entered_once_and_its_entries_and_instalments_follow_it() {
    run("contract", async |office, window, record| {
        book(window, "codes").await?;
        window.press("code-add").await?;
        window.choose_option("code-list", "source").await?;
        let code = [
            ("code", "77"),
            ("name", "Bổ sung mục tiêu"),
            ("from", "01/01/2026"),
        ];
        keep(window, "code", &code).await?;
        window.wait_until("own-codes", "Bổ sung mục tiêu").await?;

        book(window, "contracts").await?;
        window.press("contract-add").await?;
        let contract = [
            ("number", "05/2026/HĐ-SC"),
            ("date", "01/03/2026"),
            ("party", "Công ty Xây dựng Kỳ Sơn"),
            ("account", "1500205112345"),
            ("subject", "sửa chữa trụ sở"),
            ("value", "300000000"),
            ("advanced", "90000000"),
        ];
        keep(window, "contract", &contract).await?;
        window.wait_until("contract-book", "300.000.000").await?;
        // the decision came later
        window.press("contract-mend").await?;
        window.wait_value("contract-value", "300.000.000").await?;
        let decision = [
            ("decision", "12/QĐ-UBND"),
            ("decision-day", "15/02/2026"),
            ("value", "310000000"),
        ];
        keep(window, "contract", &decision).await?;
        window.wait_until("contract-book", "310.000.000").await?;

        book(window, "estimates").await?;
        window.press("entry-add").await?;
        window.choose_option("entry-kind", "6").await?;
        let key = contract_key("05/2026/HĐ-SC", "2026-03-01").context("a key")?;
        window.choose_option("entry-contract", &key).await?;
        window.fill("entry-source", "77").await?;
        window.wait_until("entry-source-beside", "Bổ sung").await?;
        let entry = [
            ("day", "10/03/2026"),
            ("amount", "20000000"),
            ("sector", "341"),
            ("content", "6907"),
        ];
        keep(window, "entry", &entry).await?;
        window.wait_until("entries", "05/2026/HĐ-SC").await?;
        // a code stands with its official name
        window.wait_until("entries", "Bổ sung mục tiêu").await?;
        window.wait_until("entries", "Nhà cửa").await?;
        record.step(&office.desk, "entry", &[])?;

        book(window, "contracts").await?;
        window.wait_until("contract-book", "110.000.000").await?;
        window.press("contract-pay").await?;
        for (field, text) in [
            ("acceptance", "01/BBNT"),
            ("date", "20/03/2026"),
            ("accepted", "100000000"),
            ("content", "6907"),
            ("sector", "341"),
            ("source", "12"),
        ] {
            window.fill(&format!("instalment-{field}"), text).await?;
        }
        window.press("instalment-settle").await?;
        window.wait_until("settlement", "90.000.000").await?;
        record.step(&office.desk, "instalment", &[])?;
        window.press("instalment-make").await?;
        window
            .wait_value("field-contractor_decision_no", "12/QĐ-UBND")
            .await?;
        window
            .wait_value("field-contract_no", "05/2026/HĐ-SC")
            .await?;
        window.wait_until("total", "10.000.000").await?;
        Ok(())
    });
}

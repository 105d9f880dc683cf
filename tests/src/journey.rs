//! The main job, whole: from the connection file to the debit advice, the link coming and going.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use hoso_domain::id::DossierId;
use hoso_domain::money::Dong;
use hoso_portal_api::officer::{Act, DossierFile, SetBalance};
use hoso_testkit::world::{ACCOUNTANT, World};

use crate::canary;
use crate::desk::{Desk, program};
use crate::officer::Officer;
use crate::portal::PortalProcess;
use crate::record::Record;
use crate::steps::{
    first_run, new_dossier, offer_signature, open_from_list, saved, sign, type_lines,
};
use crate::window::{Hand, Window};

/// What a journey leaves beside pictures and `journey.json`.
pub struct Evidence {
    pub container: PathBuf,
    pub voucher: PathBuf,
    pub ca: PathBuf,
    pub portal: PathBuf,
    pub file: DossierFile,
    /// The client's own folder, for scans.
    pub home: PathBuf,
}

/// One person at one desk, with the treasury's side.
pub struct Office {
    pub desk: Desk,
    pub world: World,
    pub portal: PortalProcess,
    pub dir: PathBuf,
}

impl Office {
    /// Soft tokens, a prepared portal that is down, and a desk.
    pub fn set_up(dir: &Path, width: u32, height: u32) -> Result<Self> {
        let world = World::new(&dir.join("world"))?;
        let portal = PortalProcess::prepare(
            &dir.join("portal"),
            std::slice::from_ref(&world.unit),
            &world.ca,
        )?;
        let answers = dir.join("answers");
        std::fs::create_dir_all(&answers)?;
        std::fs::write(
            answers.join("connection"),
            portal.connection.display().to_string(),
        )?;
        let decision = dir.join("quyet-dinh-giao-du-toan.pdf");
        std::fs::write(&decision, pdf("Quyết định giao dự toán năm"))?;
        std::fs::write(answers.join("attachment"), decision.display().to_string())?;
        let temp = dir.join("tmp");
        std::fs::create_dir_all(&temp)?;
        let mut environment: Vec<(String, String)> = world
            .env()
            .into_iter()
            .map(|(k, v)| {
                (
                    k.to_string_lossy().into_owned(),
                    v.to_string_lossy().into_owned(),
                )
            })
            .collect();
        for (name, place) in [
            ("HOSO_HOME", "home"),
            ("HOSO_DIALOG_ANSWERS", "answers"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("TMPDIR", "tmp"),
        ] {
            environment.push((name.to_owned(), dir.join(place).display().to_string()));
        }
        let desk = Desk::set_up(width, height, &dir.join("logs"), &environment)?;
        Ok(Self {
            desk,
            world,
            portal,
            dir: dir.to_owned(),
        })
    }

    /// Opens the real program.
    pub async fn window(&self, hand: Hand) -> Result<Window> {
        Window::open(&self.desk, &program("hoso-desktop")?, hand).await
    }

    /// What the next file dialog of `kind` answers.
    pub fn answer(&self, kind: &str, path: &Path) -> Result<()> {
        let answers = self.dir.join("answers");
        Ok(std::fs::write(
            answers.join(kind),
            path.display().to_string(),
        )?)
    }
}

/// Typed in the window, and to be found nowhere on disk in the clear.
const CANARIES: [&str; 4] = [
    "Mua văn phòng phẩm quý IV",
    "Công ty Văn phòng phẩm Nậm Lay",
    "1500205112345",
    "Sách pháp luật",
];

impl Office {
    /// Looks through every folder the program writes to: nothing typed may lie there in the clear,
    /// and no archive, PDF or open database.
    pub fn find_traces(&self) -> Result<()> {
        let folders = ["home", "cache", "data", "config", "tmp", "logs"].map(|f| self.dir.join(f));
        let there: Vec<&Path> = folders
            .iter()
            .map(PathBuf::as_path)
            .filter(|f| f.exists())
            .collect();
        let mut hits = canary::scan(&there, &CANARIES, &|_| false)?;
        hits.retain(|h| !h.is_webkits_own());
        ensure!(hits.is_empty(), "left in the clear: {hits:?}");
        Ok(())
    }
}

/// A one-page PDF whose text is `title`; large enough to be a real file, small enough to type.
fn pdf(title: &str) -> Vec<u8> {
    let ascii: String = title
        .chars()
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect();
    let stream = format!("BT /F1 18 Tf 72 760 Td ({ascii}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{stream}\nendstream",
            stream.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let table = out.len();
    out.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}

/// The three lines of the voucher.
pub const LINES: [&[(&str, &str)]; 3] = [
    &[
        ("content", "Giấy in A4, mực in"),
        ("invoice_no", "1C26TAA-0001287"),
        ("economic_content", "6551"),
        ("sector", "341"),
        ("source", "13"),
        ("amount", "6450000"),
    ],
    &[
        ("content", "Tủ hồ sơ"),
        ("invoice_no", "1C26TAA-0001288"),
        ("economic_content", "6552"),
        ("sector", "341"),
        ("source", "13"),
        ("amount", "3.200.000"),
    ],
    &[
        ("content", "Sách pháp luật"),
        ("economic_content", "6608"),
        ("sector", "341"),
        ("source", "13"),
        ("amount", "850000"),
    ],
];

/// Runs the journey and leaves its record in `record`'s folder.
pub async fn run(office: &mut Office, hand: Hand, record: &mut Record) -> Result<Evidence> {
    let window = office.window(hand).await?;
    let done = travel(office, &window, record).await;
    if done.is_err() {
        let text = window.whole_text().await;
        let _ = std::fs::write(record.out().join("failed.txt"), &text);
        let _ = office.desk.picture(&record.out().join("failed.png"));
        let focus = window.focused().await.unwrap_or_default();
        return done.with_context(|| format!("focus on `{focus}`; the window reads:\n{text}"));
    }
    window.close().await?;
    office.find_traces().context("after the program ended")?;
    done
}

async fn travel(office: &mut Office, window: &Window, record: &mut Record) -> Result<Evidence> {
    let desk = &office.desk;
    let (chief, owner) = (&office.world.chief, &office.world.owner);
    first_run(window, desk, record, ACCOUNTANT).await?;

    // draft, with one deliberate mistake
    let id = new_dossier(window).await?;
    record.step(
        desk,
        "new-dossier",
        &[("title", window.read("editor-title").await?)],
    )?;
    window
        .fill("field-content", "Mua văn phòng phẩm quý IV")
        .await?;
    type_lines(window, &LINES).await?;
    window
        .fill("field-payee_name", "Công ty Văn phòng phẩm Nậm Lay")
        .await?;
    window.fill("field-payee_tax_code", "0100047516").await?;
    window
        .fill("field-payee_account", "1500 2051 12345")
        .await?;
    saved(window).await?;
    window.press("drawer-treasury-add").await?;
    window.find("drawer-treasury-file").await?;
    window.press("drawer-unit-add").await?;
    window.find("drawer-unit-file").await?;
    let (total, words) = (
        window.read("total").await?,
        window.read("total-words").await?,
    );
    ensure!(total.contains("10.500.000"), "the total reads {total:?}");
    record.step(desk, "drafted", &[("total", total), ("words", words)])?;
    window.press("btn-submit").await?;
    let problem = window.wait_until("field-payee_bank-problem", " ").await?;
    record.step(desk, "mistake-found", &[("problem", problem)])?;
    window
        .fill("field-payee_bank", "Agribank chi nhánh Điện Biên")
        .await?;
    window.wait_gone("field-payee_bank-problem").await?;
    record.step(desk, "mended", &[("saved", saved(window).await?)])?;

    // the print, kept as a file
    let voucher = record.out().join("voucher.pdf");
    office.answer("save-pdf", &voucher)?;
    window.press("btn-preview").await?;
    window.find("page-image-0").await?;
    window.painted().await?;
    record.step(desk, "print-preview", &[])?;
    window.press("preview-close").await?;
    submit(window).await?;
    record.step(
        desk,
        "submitted",
        &[("state", window.read("local-state").await?)],
    )?;

    // chief signs, one wrong PIN first; then the owner
    offer_signature(window, chief, "999999").await?;
    let title = window.wait_until("error-title", " ").await?;
    let remedy = window.read("error").await?;
    record.step(desk, "wrong-pin", &[("title", title), ("words", remedy)])?;
    sign(window, chief).await?;
    record.step(desk, "chief-signed", &[])?;
    sign(window, owner).await?;
    record.step(desk, "owner-signed", &[])?;

    // the portal is down: the row says why it waits
    window.press("nav-outbox").await?;
    let why = window.wait_until("outbox-why", " ").await?;
    record.step(
        desk,
        "waiting",
        &[("why", why), ("status", window.read("status-link").await?)],
    )?;

    office.find_traces().context("while the program runs")?;
    office.portal.up()?;
    window.press("btn-send-now").await?;
    window.wait_gone("outbox-row").await?;
    window.press("nav-results").await?;
    let receipt = window.wait_until("receipt", " ").await?;
    record.step(desk, "sent", &[("receipt", receipt)])?;

    // a supplement is asked for at one field
    let officer = Officer::log_in(&office.portal).await?;
    officer
        .set_balance(&SetBalance {
            unit: office.world.unit.id,
            account: office
                .world
                .unit
                .accounts
                .first()
                .context("no account")?
                .number
                .clone(),
            figure: Dong::new(184_220_000)?,
        })
        .await?;
    officer.act(id, "receive", &Act::default()).await?;
    officer.act(id, "check", &Act::default()).await?;
    let request = "Đề nghị ghi rõ chi nhánh ngân hàng của đơn vị nhận tiền";
    officer.ask_supplement(id, "payee_bank", request).await?;
    let text = window
        .wait_until("result-text", "chi nhánh ngân hàng")
        .await?;
    record.step(desk, "supplement-asked", &[("request", text)])?;
    window.press("result-mend").await?;
    if window.has("mend-yes").await? {
        window.press("mend-yes").await?;
    }
    let remark = window.wait_until("remark", "chi nhánh").await?;
    record.step(desk, "supplement-at-the-field", &[("remark", remark)])?;
    window
        .fill(
            "field-payee_bank",
            "Agribank chi nhánh huyện Mường Chà, Điện Biên",
        )
        .await?;
    saved(window).await?;
    submit(window).await?;
    sign(window, chief).await?;
    sign(window, owner).await?;
    // the link is there: it goes by itself
    window.press("nav-outbox").await?;
    window.find("outbox-none").await?;
    record.step(
        desk,
        "sent-again",
        &[("status", window.read("status-link").await?)],
    )?;

    // evidence leaves the store
    open_from_list(window, "van phong pham").await?;
    window
        .wait_data("local-state", "data-state", "sent")
        .await?;
    let container = record.out().join("dossier.asice");
    office.answer("save-container", &container)?;
    window.press("btn-export").await?;
    written(&container).await?;
    window.press("btn-preview").await?;
    window.find("page-image-0").await?;
    window.press("preview-save-0").await?;
    written(&voucher).await?;
    window.press("preview-close").await?;

    // completed with a debit advice
    let file = officer.act(id, "complete", &Act::default()).await?;
    window.press("nav-results").await?;
    window.open_row("result-row").await?;
    window.press("document-open").await?;
    window.find("page-image-0").await?;
    let verified = window.has("verified").await?;
    ensure!(verified, "the debit advice is not shown as verified");
    record.step(
        desk,
        "debit-advice",
        &[("treasury", window.read("treasury-state").await?)],
    )?;
    window.keys(&[fantoccini::key::Key::Escape.into()]).await?;
    window.wait_gone("page-image-0").await?;

    // the link goes again: everything stays readable
    office.portal.down();
    window.press("nav-today").await?;
    record.step(
        &office.desk,
        "today",
        &[("balances", window.read("balances").await?)],
    )?;
    open_from_list(window, "van phong pham").await?;
    let state = window.wait_until("treasury-state", " ").await?;
    window.press("btn-preview").await?;
    window.find("page-image-0").await?;
    window.painted().await?;
    record.step(&office.desk, "readable-offline", &[("treasury", state)])?;
    window.press("preview-close").await?;
    leave(office, record, container, voucher, file, id)
}

/// Trình ký, past the warnings.
pub async fn submit(window: &Window) -> Result<()> {
    window.press("btn-submit").await?;
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        if window.has("warnings-yes").await? {
            window.press("warnings-yes").await?;
        }
        if window.data("local-state", "data-state").await? == "awaiting" {
            return Ok(());
        }
        ensure!(
            tokio::time::Instant::now() < end,
            "Trình ký did not go through"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Waits until the program has written the file whole.
async fn written(path: &Path) -> Result<()> {
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    while !path.metadata().is_ok_and(|m| m.len() > 0) {
        ensure!(
            tokio::time::Instant::now() < end,
            "{} was not written",
            path.display()
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(())
}

fn leave(
    office: &Office,
    record: &Record,
    container: PathBuf,
    voucher: PathBuf,
    file: DossierFile,
    id: DossierId,
) -> Result<Evidence> {
    ensure!(
        file.summary.dossier == id,
        "the portal tells of another dossier"
    );
    let ca = record.out().join("ca.pem");
    std::fs::copy(office.world.dir.join("ca.pem"), &ca)?;
    let portal = record.out().join("portal.json");
    std::fs::write(&portal, serde_json::to_vec_pretty(&file)?)?;
    Ok(Evidence {
        container,
        voucher,
        ca,
        portal,
        file,
        home: office.dir.join("home"),
    })
}

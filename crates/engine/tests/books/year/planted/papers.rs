//! The right papers: drawn up in the year's own office, with nothing wrong.

use hoso_contract::view::DossierView;
use hoso_domain::id::DossierId;
use hoso_testkit::pay;

use super::super::office::{BARE, Office, lines, set};
use super::table::*;
use crate::*;

impl Office {
    /// Draws the paper up; it lies in the store as a draft from now on.
    pub fn paper(&self, paper: Paper) -> DossierView {
        let on = self.day(11, 20);
        let (year, day) = (self.year.to_string(), on.to_string());
        let id = match paper {
            Payment => self.payment(0),
            Bare => self.payment(BARE),
            Clearing => {
                self.at(1);
                let more = [
                    ("economic_content_advanced", "6649"),
                    ("advance_balance", "20000000"),
                ];
                let fields = [("advance_balance_date", day.as_str())];
                let rows = lines(&[("6601", 20_000_000)], &more);
                self.draw(1, "10", on, &fields, rows).id
            }
            Salary => self.salary(),
            Tax => {
                self.at(0);
                let tax = pay::payees("UBND xã Nậm Lay").remove("tax").unwrap();
                let mut fields = vec![("content", "Nộp thuế")];
                fields.extend(tax.iter().map(|(id, value)| (id.as_str(), value.as_str())));
                let rows = lines(
                    &[("6001", 250_000)],
                    &[("tax_amount", "250000"), ("amount", "")],
                );
                self.draw(0, "14", on, &fields, rows).id
            }
            Grant => {
                self.at(0);
                let fields = [
                    ("base_budget", "xã"),
                    ("base_year", year.as_str()),
                    ("base_amount", "4800000000"),
                    ("monthly_budget", "xã"),
                    ("monthly_year", year.as_str()),
                    ("monthly_amount", "400000000"),
                ];
                let rows = lines(&[("", 400_000_000)], &[]);
                self.draw(0, "22", on, &fields, rows).id
            }
            Together => self.together(),
            Deposit => {
                self.at(0);
                let fill = FillReconciliation {
                    form: "32".to_owned(),
                    year: self.year,
                    period: 11,
                };
                self.desk.engine.handle(fill).unwrap()
            }
        };
        self.desk.view(id)
    }

    pub fn payment(&self, unit: usize) -> DossierId {
        self.at(unit);
        let (on, since) = (self.day(11, 20), self.day(3, 1).to_string());
        let accepted = self.day(11, 10).to_string();
        let fields = [
            ("content", "Tiền điện, văn phòng phẩm tháng 11"),
            ("payee_name", "Công ty Điện lực Điện Biên"),
            ("payee_tax_code", "0100100417"),
            ("payee_account", "0101000123456"),
            ("payee_bank", "Vietcombank Điện Biên"),
            ("contract_no", "11/2026/HĐ-ĐL"),
            ("contract_date", since.as_str()),
            ("contract_total", "30000000"),
            ("contract_party", "Công ty Điện lực Điện Biên"),
            ("advance_rule", "30%"),
            ("acceptance_no", "01/BBNT"),
            ("acceptance_date", accepted.as_str()),
            ("acceptance_total", "10500000"),
            ("acceptance_party", "Công ty Điện lực Điện Biên"),
        ];
        let sums = [("6501", 9_300_000), ("6551", 1_200_000)];
        let invoice = self.day(11, 5).to_string();
        let mut rows = lines(&sums, &[("invoice_date", invoice.as_str())]);
        for (row, number) in rows.iter_mut().zip(["1K26TEV-45", "1K26TEV-46"]) {
            row.cells.insert("invoice_no".to_owned(), number.to_owned());
        }
        if unit != BARE {
            return self.draw(unit, "13", on, &fields, rows).id;
        }
        // its missing signer is said at once
        let id = self.create("13");
        let mut view = self.desk.view(id);
        set(&mut view.vouchers[0], "voucher_date", &on.to_string());
        for (id, value) in fields {
            set(&mut view.vouchers[0], id, value);
        }
        view.vouchers[0].grids.insert("lines".to_owned(), rows);
        self.desk.save(&view);
        id
    }

    fn together(&self) -> DossierId {
        let id = self.payment(0);
        let version = self.desk.view(id).version;
        let form = "13".to_owned();
        let add = AddVoucher { id, version, form };
        self.desk.engine.handle(add).unwrap();
        let mut view = self.desk.view(id);
        let mut second = view.vouchers[0].clone();
        for (field, value) in [
            ("number", "T-2"),
            ("payee_name", "Công ty Văn phòng phẩm Nậm Lay"),
            ("payee_tax_code", "0100047516"),
            ("payee_account", "1500205199911"),
            ("payee_bank", "Agribank Điện Biên"),
        ] {
            set(&mut second, field, value);
        }
        view.vouchers[1] = second;
        set(&mut view.vouchers[0], "number", "T-1");
        let saved = self.desk.save(&view);
        assert_eq!(errors(&saved.findings), []);
        id
    }

    fn salary(&self) -> DossierId {
        self.at(0);
        let on = self.day(11, 20);
        let id = self.create("13");
        let version = self.desk.view(id).version;
        let form = "20".to_owned();
        let add = AddVoucher { id, version, form };
        self.desk.engine.handle(add).unwrap();
        let mut view = self.desk.view(id);
        set(&mut view.vouchers[0], "content", "Lương tháng 11");
        let rows = lines(&[("6001", 3_000_000)], &[]);
        view.vouchers[0].grids.insert("lines".to_owned(), rows);
        let people = [
            ("Lò Thị Xuân", "3605209900001", 1_800_000),
            ("Vàng A Páo", "3605209900002", 1_200_000),
        ];
        let rows = people.map(|(name, account, amount)| {
            let mut row = desk::line("", "", &amount.to_string());
            row.group = "officials".to_owned();
            row.cells = [
                ("payee", name.to_owned()),
                ("account", account.to_owned()),
                ("bank", "Agribank Điện Biên".to_owned()),
                ("amount", amount.to_string()),
            ]
            .map(|(k, v)| (k.to_owned(), v))
            .into();
            row
        });
        view.vouchers[1]
            .grids
            .insert("payees".to_owned(), rows.into());
        self.desk.save(&view);
        self.date(0, id, on).id
    }
}

//! Vietnamese words of failures: title, cause, remedy.

use hoso_contract::Code;

use crate::{Lang, Params, size};

pub(super) fn words(code: Code, p: Params<'_>) -> [String; 3] {
    use Code as C;
    let path = p.quoted("path");
    let name = p.quoted("name");
    let own = |title: &str, cause: &str, remedy: &str| {
        [title.to_owned(), cause.to_owned(), remedy.to_owned()]
    };
    match code {
        C::Internal => own(
            "Chương trình gặp lỗi",
            "Việc vừa làm chưa xong. Những gì đã cất vẫn còn nguyên.",
            "Thử lại một lần. Nếu vẫn lỗi, mở báo cáo sự cố và gửi cho người hỗ trợ.",
        ),
        C::Stale => own(
            "Hồ sơ đã được sửa ở nơi khác",
            "Bản trên màn hình cũ hơn bản đã cất, nên chương trình không ghi đè.",
            "Chép lại phần vừa gõ nếu còn cần, rồi nạp lại để thấy bản mới nhất và sửa tiếp.",
        ),
        C::NotFound => own(
            "Không tìm thấy mục này",
            "Có thể mục này đã bị xóa hoặc thuộc đơn vị khác. Các hồ sơ khác không bị ảnh hưởng.",
            "Nạp lại danh sách và kiểm tra đơn vị đang chọn.",
        ),
        C::WrongState => own(
            "Hồ sơ đang ở bước khác",
            "Việc này không làm được ở bước hiện tại của hồ sơ. Hồ sơ vẫn được lưu.",
            "Nạp lại để xem hồ sơ đang ở bước nào.",
        ),
        C::BlockedByFindings => [
            match p.number("count") {
                Some(n) => format!("Còn {n} lỗi phải sửa trước khi trình ký"),
                None => "Còn lỗi phải sửa trước khi trình ký".to_owned(),
            },
            "Kho bạc sẽ không nhận chứng từ có các lỗi này. Hồ sơ vẫn được lưu.".to_owned(),
            "Sửa từng ô được đánh dấu rồi trình ký lại.".to_owned(),
        ],
        C::Locked => own(
            "Chương trình đang khóa",
            "Dữ liệu được mã hóa khi khóa. Mọi thứ đã cất vẫn còn nguyên.",
            "Chọn tên mình và nhập mã mở khóa.",
        ),
        C::WrongPin => own(
            "Sai mã mở khóa",
            "Mã mở khóa chương trình không đúng. Đây không phải mã PIN của thiết bị ký; thiết bị ký \
             không bị trừ lần thử. Dữ liệu không bị ảnh hưởng.",
            "Kiểm tra Caps Lock và bộ gõ rồi nhập lại, hoặc dùng mã khôi phục đã in.",
        ),
        C::TryLater => [
            match p.number("seconds") {
                Some(n) => format!("Hãy đợi {n} giây rồi nhập lại"),
                None => "Hãy đợi một lát rồi nhập lại".to_owned(),
            },
            "Nhập sai nhiều lần nên chương trình tạm chậm lại để bảo vệ dữ liệu. Không mất gì."
                .to_owned(),
            "Đợi hết thời gian, hoặc dùng mã khôi phục đã in.".to_owned(),
        ],
        C::WrongRecoveryCode => own(
            "Mã khôi phục không đúng",
            "Mã nhập vào không khớp với mã đã in. Dữ liệu vẫn còn nguyên.",
            "So lại từng nhóm bốn ký tự trên tờ đã in rồi nhập lại.",
        ),
        C::PinTooShort => [
            "Mã mở khóa quá ngắn".to_owned(),
            match p.number("min") {
                Some(n) => format!("Mã cần ít nhất {n} ký tự. Chưa có gì thay đổi."),
                None => "Mã cần dài hơn. Chưa có gì thay đổi.".to_owned(),
            },
            "Đặt mã dài hơn mà người khác khó đoán.".to_owned(),
        ],
        C::KeyStoreFailed => own(
            "Máy không đưa ra khóa mở dữ liệu",
            "Kho khóa của Windows không trả lời, hoặc khóa đã cất ở đó không còn. Dữ liệu vẫn còn nguyên.",
            "Mở bằng PIN của mình. Muốn lần sau không cần PIN: bật lại trong Cài đặt, phần Mã mở khóa.",
        ),
        C::StoreDamaged => own(
            "Kho dữ liệu trên máy bị hỏng",
            "Chương trình không ghi đè lên kho hỏng; những gì còn đọc được vẫn mở để xem và xuất.",
            "Xuất các hồ sơ cần dùng, rồi khôi phục từ bản sao lưu gần nhất. Gửi báo cáo sự cố cho \
             người hỗ trợ.",
        ),
        C::StoreReadOnly if p.get("why") == "disk-full" => own(
            "Kho dữ liệu chỉ cho xem",
            "Ổ đĩa đã đầy lúc mở khóa nên không sửa được gì. Những gì đã cất vẫn còn nguyên; xem, xuất và \
             sao lưu được.",
            "Dọn bớt tệp không cần trên ổ đĩa, rồi khóa chương trình và mở khóa lại.",
        ),
        C::StoreReadOnly if p.get("why") == "disk-refused" => own(
            "Kho dữ liệu chỉ cho xem",
            "Thư mục dữ liệu chỉ đọc: hệ thống không cho ghi vào đó. Những gì đã cất vẫn còn nguyên; xem, \
             xuất và sao lưu được.",
            "Kiểm tra ổ đĩa, quyền thư mục và phần mềm diệt vi-rút, rồi khóa chương trình và mở khóa lại.",
        ),
        C::StoreReadOnly => own(
            "Kho dữ liệu chỉ cho xem",
            "Kho đang mở ở chế độ chỉ đọc nên không sửa được. Những gì đã cất vẫn xem và xuất được.",
            "Xuất hồ sơ cần dùng, rồi khôi phục từ bản sao lưu.",
        ),
        C::StoreNewer => own(
            "Dữ liệu do phiên bản mới hơn tạo ra",
            "Phiên bản này quá cũ để mở an toàn nên không đụng vào dữ liệu.",
            "Cài phiên bản mới của chương trình rồi mở lại.",
        ),
        C::StoreInUse if p.given("host").is_some() => [
            format!("Dữ liệu đang mở trên máy {}", p.get("host")),
            "Một lúc chỉ một máy được dùng kho dữ liệu này, để không ghi chồng lên nhau. Không mất gì."
                .to_owned(),
            "Sang máy đó đóng chương trình rồi thử lại, hoặc làm việc ngay trên máy đó.".to_owned(),
        ],
        C::StoreInUse => own(
            "Chương trình đang mở ở cửa sổ khác",
            "Một lúc chỉ một cửa sổ được dùng kho dữ liệu, để không ghi chồng lên nhau. Không mất gì.",
            "Dùng cửa sổ đang mở, hoặc đóng nó rồi thử lại.",
        ),
        C::DiskFull => own(
            "Ổ đĩa đã đầy",
            "Không còn chỗ để cất thay đổi vừa rồi. Những gì đã cất trước đó vẫn còn nguyên.",
            "Giữ cửa sổ này, xóa bớt tệp không cần trên ổ đĩa rồi thử lại.",
        ),
        C::DiskRefused if !path.is_empty() => [
            format!("Không ghi được{path}"),
            "Tệp đang mở ở chương trình khác, hoặc nơi này không cho ghi. Dữ liệu trong chương trình vẫn \
             còn nguyên."
                .to_owned(),
            "Nếu tệp đang mở ở chương trình khác (Excel, trình đọc PDF), hãy đóng lại rồi thử lại; không \
             được thì chọn tên tệp hoặc thư mục khác."
                .to_owned(),
        ],
        C::DiskRefused => own(
            "Ổ đĩa không cho ghi",
            "Hệ thống từ chối ghi vào thư mục dữ liệu. Những gì đã cất vẫn còn nguyên.",
            "Kiểm tra ổ đĩa, quyền thư mục và phần mềm diệt vi-rút rồi thử lại.",
        ),
        C::AlreadySetUp => own(
            "Máy này đã thiết lập rồi",
            "Đã có kho dữ liệu trên máy và chương trình không ghi đè lên nó.",
            "Mở khóa bằng tên và mã của mình, hoặc nhờ người đã thiết lập thêm tên cho mình.",
        ),
        C::BackupNoPlace => own(
            "Chưa chọn nơi sao lưu",
            "Chưa có bản sao nào: nếu máy hỏng hoặc mất, hồ sơ trên máy mất theo.",
            "Chọn một USB hoặc một thư mục ở ổ đĩa khác trong Cài đặt, phần Sao lưu.",
        ),
        C::BackupPlaceFailed => own(
            "Không ghi được vào nơi sao lưu",
            "USB đã rút ra, ổ mạng mất liên lạc hoặc thư mục không cho ghi. Dữ liệu trên máy và các bản \
             sao lưu trước vẫn còn nguyên.",
            "Cắm lại USB hoặc kiểm tra thư mục rồi bấm Sao lưu ngay.",
        ),
        C::BackupPlaceFull => [
            "Nơi sao lưu không đủ chỗ".to_owned(),
            match (p.number("needed"), p.number("free")) {
                (Some(needed), Some(free)) => format!(
                    "Cần {}, chỉ còn {}. Các bản sao lưu trước vẫn còn nguyên.",
                    size(needed, Lang::Vi),
                    size(free, Lang::Vi)
                ),
                _ => "Các bản sao lưu trước vẫn còn nguyên.".to_owned(),
            },
            "Xóa bớt tệp khác trên USB, hoặc chọn nơi khác rộng hơn.".to_owned(),
        ],
        C::NotABackup => own(
            "Thư mục này không có bản sao lưu",
            "Không tìm thấy bản sao lưu nào của chương trình ở đây. Chưa có gì thay đổi.",
            "Chọn thư mục đã dùng để sao lưu, thường có tên bắt đầu bằng “hoso-”.",
        ),
        C::BackupDamaged => own(
            "Bản sao lưu này bị hỏng",
            "Nội dung không còn đúng như lúc sao lưu nên không dùng để khôi phục. Dữ liệu trên máy không \
             bị đụng tới.",
            "Chọn một bản sao lưu khác, cũ hơn hoặc ở USB khác.",
        ),
        C::BackupNewer => own(
            "Bản sao lưu do chương trình mới hơn tạo ra",
            "Chương trình trên máy này cũ hơn nên không đọc được. Chưa có gì thay đổi.",
            "Cài bản chương trình mới nhất rồi khôi phục lại.",
        ),
        C::BackupForeign => own(
            "Bản sao lưu này của kho dữ liệu khác",
            "Khóa đang dùng không mở được bản sao lưu này. Chưa có gì thay đổi.",
            "Chọn đúng bản sao lưu, hoặc dùng mã khôi phục đã in của kho dữ liệu đó.",
        ),
        C::Cancelled => own(
            "Đã dừng theo yêu cầu",
            "Việc đang làm dở được bỏ đi; dữ liệu và các bản sao lưu trước vẫn còn nguyên.",
            "Khi cần thì làm lại từ đầu.",
        ),
        C::TrailBroken => [
            match p.number("seq") {
                Some(n) => format!("Nhật ký không còn khớp từ dòng {n}"),
                None => "Nhật ký không còn khớp".to_owned(),
            },
            match p.number("seq") {
                Some(_) => {
                    "Có người đã sửa hoặc bỏ dòng bằng chương trình khác. Hồ sơ vẫn mở được, nhưng \
                     nhật ký không còn là bằng chứng từ dòng đó."
                }
                None => {
                    "Các dòng vẫn nối liền, nhưng không có dòng cần đối chiếu: nhật ký đã bị cắt hoặc \
                     viết lại, hoặc dữ liệu này là của máy khác hay từ bản sao lưu cũ hơn. Hồ sơ vẫn \
                     mở được."
                }
            }
            .to_owned(),
            "Giữ nguyên máy, báo người phụ trách và so với bản sao lưu gần nhất.".to_owned(),
        ],
        C::LastPerson => own(
            "Không bỏ được người cuối cùng",
            "Nếu không còn ai, không ai mở được dữ liệu. Chưa có gì thay đổi.",
            "Thêm người nhận bàn giao trước, rồi bỏ người này.",
        ),
        C::FileUnreadable => [
            format!("Không đọc được tệp{}{path}", if path.is_empty() { &name } else { "" }),
            "Tệp không còn ở đó, đang bị chương trình khác giữ, hoặc đã hỏng. Hồ sơ vẫn được lưu."
                .to_owned(),
            "Đóng chương trình đang mở tệp, hoặc chọn tệp khác.".to_owned(),
        ],
        C::FileTooLarge => [
            format!("Tệp{name} quá lớn"),
            match (p.number("size"), p.number("limit")) {
                (Some(s), Some(l)) => format!(
                    "Tệp nặng {}, tối đa {}. Hồ sơ vẫn được lưu.",
                    size(s, Lang::Vi),
                    size(l, Lang::Vi)
                ),
                _ => "Tệp vượt quá mức cổng nhận. Hồ sơ vẫn được lưu.".to_owned(),
            },
            "Quét lại ở độ phân giải thấp hơn (150–200 dpi, đen trắng) rồi đính kèm.".to_owned(),
        ],
        C::FileKindRefused => [
            format!("Loại tệp{name} không được nhận"),
            "Nội dung tệp không thuộc loại được đính kèm, dù tên tệp có thể nói khác. Hồ sơ vẫn được \
             lưu."
                .to_owned(),
            "Chuyển tệp sang PDF rồi đính kèm lại.".to_owned(),
        ],
        C::FileNameTaken => [
            format!("Đã có tệp trùng tên{name}"),
            "Trong ngăn này đã có một tệp cùng tên, nên tệp mới chưa được thêm. Hồ sơ vẫn được lưu."
                .to_owned(),
            "Đổi tên tệp, hoặc bỏ tệp cũ trước.".to_owned(),
        ],
        C::DossierNotSent => own(
            "Hồ sơ này chưa gửi Kho bạc",
            "Kho bạc không thể chi hay thu theo hồ sơ chưa gửi, nên phát sinh chưa được gắn. Sổ không \
             thay đổi.",
            "Chọn hồ sơ đã gửi, hoặc ghi “Đã nộp cách khác” cho hồ sơ này trước.",
        ),
        C::RegisterTooLong => [
            "Danh sách dài quá, chưa in sổ".to_owned(),
            match (p.number("count"), p.number("limit")) {
                (Some(count), Some(limit)) => format!(
                    "Đang lọc được {count} hồ sơ, một sổ in được nhiều nhất {limit}. Chưa in gì, để sổ \
                     không thiếu dòng và không cộng sai."
                ),
                _ => "Chưa in gì, để sổ không thiếu dòng và không cộng sai.".to_owned(),
            },
            "Lọc hẹp lại, ví dụ theo tháng, rồi in từng phần.".to_owned(),
        ],
        C::CodeRefused => [
            format!("Chưa thêm được mã{}", p.quoted("code")),
            match p.get("why") {
                "whole" => "Danh mục này do pháp luật quy định đầy đủ nên không thêm mã riêng.",
                "known" => "Mã này đã có trong danh mục đang áp dụng.",
                "no-name" => "Chưa ghi tên của mã.",
                "dates" => "Ngày hết hiệu lực trước ngày bắt đầu.",
                "overlap" => {
                    "Đơn vị đã thêm mã này cho cùng khoảng thời gian. Ghi ngày hết hiệu lực cho dòng \
                     cũ trước."
                }
                "no-list" => "Chương trình không có danh mục này.",
                _ => "Mã chỉ gồm chữ, số, dấu chấm hoặc gạch ngang, tối đa 20 ký tự.",
            }
            .to_owned(),
            "Sửa lại rồi cất. Các mã khác không thay đổi.".to_owned(),
        ],
        C::ConnectionForeign => connection_foreign(p),
        C::ConnectionMalformed => own(
            "Đây không phải tệp kết nối",
            "Chương trình không đọc được tệp này như một tệp kết nối của Kho bạc. Chưa có gì thay đổi.",
            "Chọn đúng tệp kết nối đã nhận từ Kho bạc.",
        ),
        C::FingerprintMismatch => own(
            "Dấu vân tay của tệp kết nối không khớp",
            "Tệp có thể đã bị thay trên đường gửi, nên chưa được dùng. Chưa có gì thay đổi.",
            "So với bản in của Kho bạc; nếu vẫn khác, xin lại tệp và báo cho Kho bạc.",
        ),
        C::FormUnknown => own(
            "Chương trình chưa có mẫu của chứng từ này",
            "Chứng từ được lập theo một căn cứ pháp lý hoặc ấn bản chưa có ở máy này: xem được, in được \
             bản đã trình ký, không sửa và không ký được. Dữ liệu vẫn giữ nguyên.",
            "Nạp gói dữ liệu có mẫu này (Cài đặt → Gói dữ liệu) hoặc cập nhật chương trình.",
        ),
        C::PackForeign => own(
            "Gói dữ liệu không do Kho bạc ký",
            "Gói không có chữ ký số, chữ ký không đúng, hoặc của nơi khác. Không mẫu biểu hay danh mục \
             nào bị thay đổi.",
            "Chỉ dùng gói nhận từ Kho bạc nơi giao dịch; nếu nghi ngờ, báo cho Kho bạc.",
        ),
        C::PackMalformed => own(
            "Không dùng được gói dữ liệu này",
            "Trong gói có mẫu biểu hoặc danh mục chương trình không đọc, không in được. Không có gì bị \
             thay đổi.",
            "Tải lại gói từ nguồn của Kho bạc rồi nạp lại.",
        ),
        C::PackNewer => own(
            "Gói dữ liệu dành cho bản chương trình mới hơn",
            "Bản đang dùng chưa đọc được loại gói này. Mẫu biểu và danh mục hiện có vẫn dùng bình thường.",
            "Cập nhật chương trình rồi nạp lại gói.",
        ),
        C::PackConflict => [
            format!("Gói dữ liệu{name} sửa một mẫu biểu đã dùng"),
            "Một ấn bản đã phát hành không được thay đổi, vì chứng từ cũ đã lập theo ấn bản đó. Không có \
             gì bị thay đổi."
                .to_owned(),
            "Báo cho nơi phát hành gói: bản sửa phải mang số ấn bản mới.".to_owned(),
        ],
        C::ModuleMissing => [
            format!("Không tìm thấy trình điều khiển thiết bị ký{path}"),
            "Đường dẫn tới thư viện PKCS#11 không có tệp đó. Hồ sơ vẫn chờ ký.".to_owned(),
            "Cài phần mềm của nơi cấp chứng thư số, hoặc chọn lại đường dẫn.".to_owned(),
        ],
        C::ModuleNotALibrary => [
            format!("Tệp{path} không phải trình điều khiển thiết bị ký"),
            "Tệp đã chọn không phải thư viện PKCS#11. Hồ sơ vẫn chờ ký.".to_owned(),
            "Chọn đúng tệp thư viện do nơi cấp chứng thư số cài đặt.".to_owned(),
        ],
        C::ModuleWrongArchitecture => [
            "Trình điều khiển không cùng loại 32/64 bit".to_owned(),
            match (p.given("found"), p.given("wanted")) {
                (Some(f), Some(w)) => {
                    format!("Thư viện{path} là bản {f}, chương trình cần bản {w}. Hồ sơ vẫn chờ ký.")
                }
                _ => "Thư viện khác loại với chương trình. Hồ sơ vẫn chờ ký.".to_owned(),
            },
            "Cài đúng bản trình điều khiển từ nơi cấp chứng thư số.".to_owned(),
        ],
        C::ModuleFailed => [
            format!("Trình điều khiển thiết bị ký{path} không chạy được"),
            "Thư viện nạp được nhưng không khởi động. Hồ sơ vẫn chờ ký.".to_owned(),
            "Rút và cắm lại thiết bị, cài lại phần mềm của nơi cấp, hoặc chọn thư viện khác.".to_owned(),
        ],
        C::TokenHostLost => own(
            "Mất liên lạc với trình điều khiển thiết bị ký",
            "Trình điều khiển dừng giữa chừng. Chưa có chữ ký dở dang nào được cất; hồ sơ vẫn chờ ký.",
            "Rút và cắm lại thiết bị rồi tìm lại.",
        ),
        C::TokenHung => own(
            "Thiết bị ký không trả lời",
            "Chương trình đã dừng chờ để không treo máy. Hồ sơ vẫn chờ ký.",
            "Rút và cắm lại thiết bị, đóng chương trình khác đang dùng thiết bị, rồi tìm lại.",
        ),
        C::NoToken => own(
            "Chưa thấy thiết bị ký",
            "Không có thiết bị nào được cắm, hoặc thiếu trình điều khiển. Hồ sơ vẫn chờ ký.",
            "Cắm thiết bị ký rồi tìm lại.",
        ),
        C::NoCertificate => own(
            "Thiết bị không có chứng thư số để ký",
            "Thiết bị đọc được nhưng không có chứng thư số kèm khóa bí mật. Hồ sơ vẫn chờ ký.",
            "Cắm đúng thiết bị của người ký, hoặc hỏi nơi cấp chứng thư số.",
        ),
        C::CertificateUnusable => own(
            "Chứng thư số này không ký được",
            "Lý do ghi bên cạnh chứng thư số. Chưa dùng lần thử mã PIN nào; hồ sơ vẫn chờ ký.",
            "Chọn chứng thư số khác, hoặc gia hạn và đăng ký lại với Kho bạc.",
        ),
        C::NotTheSigner => own(
            "Chứng thư số không phải của người được ký bước này",
            "Kho bạc chỉ nhận chữ ký của người đã đăng ký đúng chức danh. Chưa dùng lần thử mã PIN \
             nào; hồ sơ vẫn chờ ký.",
            "Cắm thiết bị của đúng người ký, hoặc kiểm tra danh sách người ký.",
        ),
        C::NotTheOwner => own(
            "Chứng thư số không phải của Chủ tài khoản",
            "Chỉ Chủ tài khoản đã đăng ký với Kho bạc mới ký cho máy này được gửi hồ sơ thay đơn vị. Chưa \
             dùng lần thử mã PIN nào; chưa gửi gì.",
            "Cắm thiết bị của Chủ tài khoản rồi ký lại, hoặc kiểm tra danh sách người ký.",
        ),
        C::TokenWrongPin => own(
            "Sai mã PIN của thiết bị ký",
            "Một lần thử đã bị trừ; chương trình đã dừng và không tự thử lại. Hồ sơ vẫn chờ ký.",
            "Kiểm tra Caps Lock và tắt bộ gõ tiếng Việt. Nếu không chắc mã PIN, hãy dừng lại: sai nhiều \
             lần thiết bị sẽ khóa.",
        ),
        C::TokenLocked => own(
            "Thiết bị ký đã bị khóa mã PIN",
            "Thiết bị khóa sau nhiều lần nhập sai. Hồ sơ vẫn chờ ký.",
            "Liên hệ nơi cấp chứng thư số để mở khóa, hoặc mở bằng mã PUK trong Cài đặt nếu đơn vị giữ mã; \
             trong lúc đó người được ủy quyền có thể ký thay.",
        ),
        C::TokenPinLength => [
            "Mã PIN chưa đúng độ dài".to_owned(),
            match (p.number("min"), p.number("max")) {
                (Some(a), Some(b)) => format!(
                    "Thiết bị nhận mã từ {a} đến {b} ký tự. Chưa dùng lần thử nào; hồ sơ vẫn chờ ký."
                ),
                _ => "Thiết bị không nhận mã này. Chưa dùng lần thử nào; hồ sơ vẫn chờ ký.".to_owned(),
            },
            "Nhập lại đủ mã PIN.".to_owned(),
        ],
        C::TokenPinExpired => own(
            "Phải đổi mã PIN của thiết bị ký",
            "Thiết bị đòi đổi mã PIN trước khi ký. Hồ sơ vẫn chờ ký.",
            "Vào Cài đặt, mục Đổi mã PIN của thiết bị, đặt mã mới rồi ký lại.",
        ),
        C::TokenRemoved => own(
            "Thiết bị ký đã bị rút ra",
            "Những hồ sơ ký xong đã được cất; hồ sơ còn lại vẫn chờ ký.",
            "Cắm lại thiết bị rồi ký tiếp.",
        ),
        C::TokenRefused => own(
            "Thiết bị ký từ chối yêu cầu",
            "Thiết bị đang bận hoặc không cho ký lúc này. Hồ sơ vẫn chờ ký.",
            "Đóng chương trình khác đang dùng thiết bị, cắm lại rồi thử lại.",
        ),
        C::TokenMechanism => own(
            "Thiết bị không có kiểu ký cần dùng",
            "Trình điều khiển không hỗ trợ thuật toán ký được chấp nhận. Hồ sơ vẫn chờ ký.",
            "Cài bản trình điều khiển mới hơn, hoặc chọn thư viện khác.",
        ),
        C::SignatureInvalid => own(
            "Chữ ký vừa tạo không kiểm tra được",
            "Thiết bị trả về chữ ký không khớp nội dung, nên chương trình không cất. Hồ sơ vẫn chờ ký.",
            "Cắm lại thiết bị rồi ký lại; nếu lặp lại, liên hệ nơi cấp chứng thư số.",
        ),
        C::PortalUnreachable => own(
            "Chưa kết nối được cổng",
            "Mạng không thông. Hồ sơ vẫn nằm trong Chờ gửi và tự gửi lại khi có mạng.",
            "Không cần làm gì thêm; nếu gấp, kiểm tra mạng rồi bấm thử lại.",
        ),
        C::PortalBusy => own(
            "Cổng đang bận",
            "Mạng vẫn thông nhưng cổng báo quá tải hoặc đang có sự cố. Hồ sơ vẫn nằm trong Chờ gửi và \
             tự gửi lại khi cổng nhận.",
            "Không cần làm gì thêm; không gửi lại bằng cách khác khi chưa biết kết quả.",
        ),
        C::PortalNotAPortal => own(
            "Địa chỉ trả lời không phải cổng tiếp nhận",
            "Mạng này có thể đang chuyển sang trang đăng nhập Wi-Fi, hoặc địa chỉ cổng sai. Chưa gửi gì; \
             hồ sơ vẫn trong Chờ gửi.",
            "Đăng nhập mạng bằng trình duyệt, hoặc kiểm tra địa chỉ cổng.",
        ),
        C::FeedUnreadable => own(
            "Chưa đọc được tin của Kho bạc",
            "Cổng gửi về nội dung mà phiên bản này của chương trình chưa hiểu. Hồ sơ vẫn được gửi như \
             thường; tin đã nhận trước đó vẫn còn.",
            "Không cần làm gì thêm, máy tự hỏi lại; nếu kéo dài, cập nhật chương trình hoặc báo Kho bạc.",
        ),
        C::PortalTls => own(
            "Không xác minh được cổng",
            "Chứng chỉ của cổng không khớp với tệp kết nối, nên chương trình không gửi. Hồ sơ vẫn trong \
             Chờ gửi.",
            "Kiểm tra mạng có thiết bị lọc không; nếu cổng đã đổi chứng chỉ, xin Kho bạc tệp kết nối mới.",
        ),
        C::PortalRefused => own(
            "Cổng không nhận hồ sơ này",
            "Cổng đã kiểm tra và từ chối ghi nhận. Hồ sơ và chữ ký vẫn được lưu trên máy.",
            "Đọc lý do, rút về sửa, ký rồi gửi lại.",
        ),
        C::PortalConflict => own(
            "Cổng đã có bản khác của hồ sơ này",
            "Cổng đã nhận nội dung khác với bản trên máy này, hoặc bản sửa sau của hồ sơ này; có thể do \
             máy khác của đơn vị, hay máy này trước khi khôi phục, đã gửi. Bản này chưa được nhận; hồ sơ \
             và chữ ký vẫn được lưu trên máy.",
            "Đừng nộp giấy, hồ sơ có thể bị chi hai lần. Hỏi Kho bạc đang giữ bản nào trước khi gửi lại \
             hoặc rút về sửa.",
        ),
        C::PortalOvertaken => own(
            "Kho bạc đã xử lý hồ sơ trước khi bản này đến",
            "Bản này làm theo yêu cầu trước đó nên không được nhận nữa. Hồ sơ và chữ ký vẫn được lưu \
             trên máy.",
            "Xem trả lời mới của Kho bạc trong Kết quả, rồi rút về sửa nếu Kho bạc còn yêu cầu.",
        ),
        C::PortalCertificateDate => own(
            "Chứng chỉ của cổng không có hiệu lực theo giờ máy này",
            "Thường là do ngày giờ của máy sai; nếu máy đúng giờ thì chứng chỉ của cổng đã hết hạn. \
             Chưa gửi gì; hồ sơ vẫn trong Chờ gửi.",
            "Xem ngày giờ của máy (múi giờ Hà Nội, UTC+7): sai thì chỉnh lại, đúng thì báo Kho bạc.",
        ),
        C::ClockWrong => own(
            "Đồng hồ máy tính sai",
            "Giờ máy lệch so với cổng nên chữ ký và kết nối có thể bị từ chối. Hồ sơ vẫn được lưu.",
            "Chỉnh ngày giờ của máy (múi giờ Hà Nội, UTC+7) rồi thử lại.",
        ),
        C::ReceiptInvalid => own(
            "Giấy báo nhận không đúng",
            "Cổng trả lời nhưng chữ ký trên giấy báo nhận không kiểm tra được, nên chưa coi là đã gửi. \
             Hồ sơ vẫn được lưu và sẽ được hỏi lại.",
            "Thử lại sau; nếu lặp lại, báo cho Kho bạc trước khi nộp cách khác.",
        ),
        C::DeviceUnknown => own(
            "Cổng chưa nhận máy này",
            "Máy chưa được đăng ký với cổng. Hồ sơ vẫn trong Chờ gửi.",
            "Xin Kho bạc tệp kết nối mới cho máy này; máy chưa từng đăng ký thì Chủ tài khoản ký số được trong \
             Cài đặt, mục Đăng ký máy.",
        ),
        C::DeviceRevoked => own(
            "Máy này đã bị thu hồi quyền gửi",
            "Đơn vị hoặc Kho bạc đã thu hồi máy này, nên cổng không nhận hồ sơ từ đây nữa. Hồ sơ, chữ ký \
             và sổ trên máy vẫn còn nguyên.",
            "Nếu thu hồi nhầm, xin Kho bạc tệp kết nối mới; nếu đã có máy thay, làm tiếp ở máy đó.",
        ),
        C::EnrolmentRefused => enrolment_refused(p),
        C::SendingPaused => own(
            "Đang tạm dừng gửi",
            "Đơn vị đã bấm Tạm dừng, nên chương trình không tự gửi hồ sơ nào. Hồ sơ vẫn trong Chờ gửi.",
            "Bấm Tiếp tục gửi, hoặc Gửi ngay ở riêng hồ sơ cần gửi gấp.",
        ),
        C::SendingHours => [
            match (p.given("from"), p.given("to")) {
                (Some(from), Some(to)) => format!("Chờ tới giờ gửi ({from} giờ đến {to} giờ)"),
                _ => "Chờ tới giờ gửi".to_owned(),
            },
            "Đơn vị chỉ để chương trình tự gửi tệp trong các giờ này. Hồ sơ vẫn trong Chờ gửi.".to_owned(),
            "Bấm Gửi ngay nếu cần gửi gấp, hoặc đổi giờ gửi trong Cài đặt.".to_owned(),
        ],
        C::SendingMetered => own(
            "Hồ sơ lớn, đường truyền tính tiền theo dung lượng",
            "Hồ sơ trên 1 MB không tự gửi qua đường truyền này. Hồ sơ vẫn trong Chờ gửi.",
            "Bấm Gửi ngay để gửi qua đường truyền này, hoặc nối mạng khác rồi đổi trong Cài đặt.",
        ),
        C::ContainerInvalid => [
            match p.given("file") {
                Some(file) => format!("Gói hồ sơ không hợp lệ ở “{file}”"),
                None => "Gói hồ sơ không hợp lệ".to_owned(),
            },
            "Nội dung không khớp với chữ ký: có thể tệp bị hỏng hoặc đã bị sửa. Hồ sơ trên máy không bị \
             thay đổi."
                .to_owned(),
            "Xin lại tệp gốc; không dùng gói này làm bằng chứng.".to_owned(),
        ],
        C::PdfMismatch => own(
            "Bản in không khớp dữ liệu",
            "Bản PDF trong hồ sơ khác với số liệu, nên chương trình không cho ký. Hồ sơ vẫn được lưu.",
            "Rút về sửa để chương trình tạo lại bản in.",
        ),
        C::PrintFailed => own(
            "Không tạo được bản in",
            "Chứng từ chưa dàn thành trang được. Số liệu vẫn được lưu.",
            "Thử lại; nếu vẫn lỗi, gửi báo cáo sự cố cho người hỗ trợ.",
        ),
        // tokens have a file of their own; a code without words fails a test
        other => super::token::vi(other, p),
    }
}

/// Why a connection file is not one for this PC.
fn connection_foreign(p: Params<'_>) -> [String; 3] {
    let cause = match (p.get("why"), p.given("valid_to")) {
        ("unit", _) => format!("Tệp này không có đơn vị{} của máy này.", p.quoted("name")),
        ("treasury", _) => format!("Tệp này của Kho bạc khác{}.", p.quoted("name")),
        ("training", _) => "Tệp này của cổng tập huấn, còn máy này làm việc với tiền thật.".to_owned(),
        ("real", _) => {
            "Tệp này của cổng thật, còn máy này đang tập huấn: hồ sơ tập không bao giờ thành hồ sơ thật."
                .to_owned()
        }
        ("codes", _) => "Cổng không còn nhận máy này, mà tệp không có mã đăng ký mới.".to_owned(),
        ("older", Some(day)) => {
            format!("Tệp này cũ hơn tệp đang dùng: chỉ dùng đến ngày {day}.")
        }
        (_, Some(day)) => format!("Tệp này đã hết hạn ngày {day}."),
        _ => "Tệp này dành cho đơn vị hoặc cổng khác, hoặc đã hết hạn.".to_owned(),
    };
    let remedy = match p.get("why") {
        "training" => "Chọn tệp của cổng thật; muốn tập huấn, thiết lập ở máy khác.",
        "real" => "Chọn tệp của cổng tập huấn; muốn làm việc thật, thiết lập ở máy khác.",
        _ => "Xin Kho bạc cấp tệp kết nối mới cho đúng đơn vị.",
    };
    [
        "Tệp kết nối không dùng được cho máy này".to_owned(),
        format!("{cause} Chưa có gì thay đổi."),
        remedy.to_owned(),
    ]
}

/// Why the account owner's signature did not bring this PC in.
fn enrolment_refused(p: Params<'_>) -> [String; 3] {
    let (cause, remedy) = match p.get("why") {
        "signer" => (
            "Theo đăng ký tại Kho bạc, người ký không phải Chủ tài khoản của đơn vị vào ngày ký.",
            "Hỏi Kho bạc ai đang được đăng ký là Chủ tài khoản, rồi nhờ đúng người ký lại.",
        ),
        "late" => (
            "Chữ ký đã quá 7 ngày mà chưa tới được cổng.",
            "Nhờ Chủ tài khoản ký lại, tốt nhất là khi có mạng.",
        ),
        "other" => (
            "Chữ ký được làm cho máy khác hoặc cho địa chỉ cổng trước đây.",
            "Nhờ Chủ tài khoản ký lại ở máy này.",
        ),
        _ => (
            "Cổng đã kiểm tra và không nhận chữ ký này: có thể giờ của máy lúc ký sai, hoặc máy đã bị thu hồi \
             quyền gửi.",
            "Xem lại ngày giờ của máy rồi nhờ Chủ tài khoản ký lại; vẫn không được thì xin Kho bạc tệp kết nối \
             mới.",
        ),
    };
    [
        "Chữ ký đăng ký máy không dùng được".to_owned(),
        format!("{cause} Hồ sơ trên máy vẫn còn nguyên."),
        remedy.to_owned(),
    ]
}

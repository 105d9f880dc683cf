//! The labels of Đăng ký máy, put behind those of `table`.

macro_rules! with_enrolment {
    ($next:ident { $labels:ident { $($others:tt)* } }) => { $next! { $labels {
        $($others)*
        EnrolmentWord = "Đăng ký máy" / "This PC at the portal";
        EnrolmentNote = "Cổng chỉ nhận hồ sơ từ máy đã đăng ký. Máy tự đăng ký bằng mã trong tệp kết nối; hết mã thì Chủ tài khoản ký số thay cho mã."
            / "The portal takes dossiers from enrolled PCs only. A PC enrols itself with a code of the connection file; where none is left, the account owner signs instead.";
        EnrolmentDone = "Máy này đã đăng ký: cổng nhận hồ sơ gửi từ đây." / "This PC is enrolled: the portal takes what it sends.";
        EnrolmentEnded = "Cổng không còn nhận máy này. Muốn dùng lại, xin Kho bạc tệp kết nối mới rồi nạp ở mục Kết nối Kho bạc."
            / "The portal does not take this PC any more. To use it again, take in a new connection file of the treasury.";
        EnrolmentByCode = "Chưa đăng ký. Chương trình tự đăng ký bằng mã trong tệp kết nối khi có mạng."
            / "Not enrolled yet. The program does so with a code of the connection file when there is a link.";
        EnrolmentMissing = "Chưa đăng ký: cổng không nhận mã nào trong tệp kết nối, có thể đã dùng hết cho máy khác."
            / "Not enrolled: the portal takes none of the connection file’s codes; other PCs may have used them up.";
        EnrolmentSigned = "{} đã ký. Chương trình đưa chữ ký tới cổng ngay khi có mạng; chữ ký dùng được đến {}."
            / "{} signed. It is brought to the portal as soon as there is a link, and counts until {}.";
        EnrolmentRefused = "{} đã ký nhưng máy vẫn chưa đăng ký được." / "{} signed, but this PC is not enrolled.";
        OwnerSigns = "Chủ tài khoản ký số…" / "The account owner signs…";
        OwnerSignsTitle = "Chủ tài khoản ký số đăng ký máy" / "The account owner signs this PC in";
        OwnerSignsWhat = "Văn bản được ký nêu đúng máy, đơn vị và cổng dưới đây, cùng khóa riêng của máy. Ký xong, máy này có quyền gửi hồ sơ thay đơn vị. Không hồ sơ nào được ký hay gửi bằng chữ ký này."
            / "The signed text names this PC, unit and portal, and the PC’s own key. Once signed, this PC may send for the unit. No dossier is signed or sent by it.";
        OwnerSignsDays = "Chưa có mạng vẫn ký được: chữ ký dùng được 7 ngày, chương trình giữ lại và tự đưa tới cổng khi có mạng."
            / "It can be signed without a link: it counts for 7 days, is kept, and is brought to the portal when there is a link.";
        OwnerCertificate = "Chọn chứng thư số của Chủ tài khoản." / "Choose the account owner’s certificate.";
        OwnerSignNow = "Ký cho máy này gửi hồ sơ" / "Sign that this PC may send";
        OwnerSigned = "Đã ký; chương trình đưa chữ ký tới cổng" / "Signed; it is brought to the portal";
    } } };
}

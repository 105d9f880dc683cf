//! The labels of what is not on disk, not in a backup, or cannot be put there, put behind those of
//! `table`.

macro_rules! with_keeping {
    ($next:ident { $after:ident { $labels:ident { $($others:tt)* } } }) => { $next! { $after { $labels {
        $($others)*
        ReadOnlyFull = "Ổ đĩa đã đầy lúc mở khóa: dữ liệu vẫn còn nguyên, xem, in, xuất và sao lưu được; không sửa, ký hay gửi được. Dọn bớt ổ đĩa rồi mở khóa lại."
            / "The disk was full when it was unlocked. The data is kept: you can view, print, export and back up, not change, sign or send. Make room, then unlock again.";
        ReadOnlyRefused = "Thư mục dữ liệu chỉ đọc: dữ liệu vẫn còn nguyên, xem, in, xuất và sao lưu được; không sửa, ký hay gửi được. Kiểm tra ổ đĩa, quyền thư mục và phần mềm diệt vi-rút rồi mở khóa lại."
            / "The data's folder cannot be written to. The data is kept: you can view, print, export and back up, not change, sign or send. Check the disk, the folder's rights and the virus scanner, then unlock again.";
        UnlockAgain = "Khóa rồi mở khóa lại" / "Lock and unlock again";
        RestoreMissing = "Thiếu {} tệp: lúc sao lưu, các tệp này đã mất hoặc hỏng trên máy nên không có trong bản này. Phần còn lại khôi phục được; tệp thiếu phải tìm ở bản sao lưu cũ hơn hoặc đính kèm lại."
            / "{} files are missing: they were gone or damaged on the PC when this backup was made. Everything else can be restored; look for them in an older backup, or attach them again.";
        LeaveTitle = "Chưa cất được phần vừa gõ" / "What you typed is not saved";
        LeaveAsk = "Phần vừa gõ mới chỉ có trên màn hình này. Chương trình đang tự cất lại, cất xong là đi tiếp ngay. Rời đi bây giờ thì mất phần đó."
            / "What you typed is on this screen only. The program goes on trying to save it, and goes on as soon as it is. If you leave now, it is lost.";
        LeaveCopy = "Phần vừa gõ mới chỉ có trên màn hình này và chương trình không tự cất được nữa. Hãy chép lại trước khi rời đi."
            / "What you typed is on this screen only, and the program can no longer save it by itself. Copy it before you leave.";
        LostUnattended = "Chương trình đã tự khóa vì lâu không có ai dùng. Phần gõ sau lần cất cuối không cất được nên đã mất; những gì đã cất vẫn còn nguyên."
            / "The program locked itself because nobody used it for a long time. What was typed after the last save could not be saved and is lost; everything saved is kept.";
        LeaveStay = "Ở lại" / "Stay";
        LeaveAnyway = "Rời đi, bỏ phần chưa cất" / "Leave without saving";
    } } } };
}

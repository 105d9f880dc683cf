//! The labels of Bàn giao and of a new recovery code, put behind those of `table`.

macro_rules! with_leaving {
    ($next:ident { $then:ident { $after:ident { $labels:ident { $($others:tt)* } } } }) => { $next! { $then { $after { $labels {
        $($others)*
        HandOver = "Bàn giao khi có người nghỉ" / "Hand-over";
        HandOverAct = "Bàn giao và bỏ quyền" / "Hand over and remove";
        HandOverQuestion = "PIN của {} sẽ không mở được dữ liệu trên máy này nữa. Nhật ký ghi việc bàn giao cho {} cùng số hồ sơ đang dở. Mã khôi phục vẫn mở được: bàn giao xong hãy in mã mới. Bản sao lưu và dữ liệu để riêng từ trước vẫn mở được bằng PIN và mã cũ: hãy cất vào tủ có khóa hoặc hủy."
            / "The PIN of {} will no longer open the data on this PC. The trail notes the hand-over to {}. The recovery code still opens: print a new one afterwards. Older backups and data set aside still open with the old PIN and code: lock them away or destroy them.";
        HandOverRecord = "Biên bản bàn giao…" / "Hand-over record…";
        HandedOverCode = "Đã ghi nhận bàn giao của {}. Người nghỉ có thể còn giữ hoặc đã chép mã khôi phục, và mã đó vẫn mở được dữ liệu trên máy này. In mã mới bây giờ?"
            / "Hand-over of {} noted. Who left may still have the recovery code, or a copy of it, and it still opens the data on this PC. Print a new one now?";
        RecoveryHandedOver = "Người đã bàn giao có thể còn giữ hoặc đã chép mã khôi phục, và mã đó vẫn mở được dữ liệu trên máy này. Hãy in mã mới, gõ lại theo tờ giấy rồi hủy tờ cũ."
            / "Who handed over may still have the recovery code, or a copy of it, and it still opens the data on this PC. Print a new one, type it back and destroy the old sheet.";
        HandedOver = "Đã ghi nhận bàn giao của {}" / "Hand-over of {} noted";
        NewCode = "In mã khôi phục mới" / "New recovery code";
        NewCodeNote = "Khi tờ giấy cũ thất lạc, người khác đã thấy hoặc có người nghỉ. Gõ lại mã mới theo tờ giấy vừa in thì mã cũ mới hết tác dụng trên máy này."
            / "When the old sheet was lost or seen, or somebody left. The old code stops working on this PC once the new one was typed back from its sheet.";
        NewCodeDone = "Mã khôi phục mới đã có hiệu lực, mã cũ hết tác dụng" / "The new recovery code works now, the old one no longer";
        RecoveryUnconfirmed = "Mã khôi phục tạo sau cùng chưa được gõ lại, có thể chưa in ra giấy. Hãy in mã mới và gõ lại theo tờ giấy; cho tới lúc đó các mã trước vẫn mở được dữ liệu."
            / "The newest recovery code was not typed back and may not be on paper. Print a new one and type it back; until then those before it open the data as well.";
    } } } } };
}

//! The labels of Bàn giao and of a new recovery code, put behind those of `table`.

macro_rules! with_leaving {
    ($next:ident { $then:ident { $after:ident { $labels:ident { $($others:tt)* } } } }) => { $next! { $then { $after { $labels {
        $($others)*
        HandOver = "Bàn giao khi có người nghỉ" / "Hand-over";
        HandOverAct = "Bàn giao và bỏ quyền" / "Hand over and remove";
        HandOverQuestion = "{} sẽ không mở được dữ liệu trên máy này nữa. Nhật ký ghi việc bàn giao cho {} cùng số hồ sơ đang dở. Bản sao lưu cũ vẫn mở được bằng PIN cũ: hãy cất kỹ."
            / "{} will no longer open the data on this PC. The trail notes the hand-over to {}. Older backups still open with the old PIN: keep them safe.";
        HandOverRecord = "Biên bản bàn giao…" / "Hand-over record…";
        HandedOver = "Đã ghi nhận bàn giao của {}" / "Hand-over of {} noted";
        NewCode = "In mã khôi phục mới" / "New recovery code";
        NewCodeNote = "Khi tờ giấy cũ thất lạc hoặc người khác đã thấy. Gõ lại mã mới theo tờ giấy vừa in thì mã cũ mới hết tác dụng trên máy này."
            / "When the old sheet was lost or seen. The old code stops working on this PC once the new one was typed back from its sheet.";
        NewCodeDone = "Mã khôi phục mới đã có hiệu lực, mã cũ hết tác dụng" / "The new recovery code works now, the old one no longer";
        RecoveryUnconfirmed = "Mã khôi phục tạo sau cùng chưa được gõ lại, có thể chưa in ra giấy. Hãy in mã mới và gõ lại theo tờ giấy; cho tới lúc đó các mã trước vẫn mở được dữ liệu."
            / "The newest recovery code was not typed back and may not be on paper. Print a new one and type it back; until then those before it open the data as well.";
    } } } } };
}

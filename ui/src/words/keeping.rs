//! The labels of what is not on disk, or cannot be put there, put behind those of `table`.

macro_rules! with_keeping {
    ($next:ident { $after:ident { $labels:ident { $($others:tt)* } } }) => { $next! { $after { $labels {
        $($others)*
        LeaveTitle = "Chưa cất được phần vừa gõ" / "What you typed is not saved";
        LeaveAsk = "Phần vừa gõ mới chỉ có trên màn hình này. Chương trình đang tự cất lại, cất xong là đi tiếp ngay. Rời đi bây giờ thì mất phần đó."
            / "What you typed is on this screen only. The program goes on trying to save it, and goes on as soon as it is. If you leave now, it is lost.";
        LeaveStay = "Ở lại" / "Stay";
        LeaveAnyway = "Rời đi, bỏ phần chưa cất" / "Leave without saving";
    } } } };
}

//! What each return value of PKCS#11 means, in a few words for the person at the token and for
//! whoever helps them. Refuses to read more out of one than the standard says (v3.1, section 5.1).

use crate::Lang;

/// Words for a return value by its name, e.g. `CKR_PIN_INCORRECT`; `None` for one that no standard
/// names.
pub fn return_value(name: &str, lang: Lang) -> Option<&'static str> {
    let (vi, en) = match name {
        // anywhere
        "CKR_CANCEL" => (
            "chương trình đã yêu cầu dừng",
            "the program asked it to stop",
        ),
        "CKR_HOST_MEMORY" => ("máy tính hết bộ nhớ", "the PC is out of memory"),
        "CKR_SLOT_ID_INVALID" => ("khe cắm không còn nữa", "the slot is no longer there"),
        "CKR_GENERAL_ERROR" => (
            "lỗi nặng trong trình điều khiển hoặc thiết bị",
            "a grave error in the driver or the token",
        ),
        "CKR_FUNCTION_FAILED" => (
            "không làm được và không nói rõ lý do",
            "it could not be done, without a reason",
        ),
        "CKR_ARGUMENTS_BAD" => (
            "trình điều khiển không chấp nhận cách gọi",
            "the driver does not accept the call",
        ),
        "CKR_FUNCTION_CANCELED" => ("việc đang làm bị hủy", "the call was cancelled"),
        "CKR_FUNCTION_NOT_PARALLEL" => (
            "không có việc nào chạy song song",
            "nothing runs in parallel",
        ),
        "CKR_FUNCTION_NOT_SUPPORTED" => (
            "trình điều khiển không có chức năng này",
            "the driver lacks this function",
        ),
        "CKR_FUNCTION_REJECTED" => (
            "người dùng từ chối trên thiết bị",
            "the user refused on the device",
        ),
        "CKR_BUFFER_TOO_SMALL" => (
            "vùng nhớ nhận kết quả quá nhỏ",
            "the room for the result is too small",
        ),
        "CKR_OPERATION_ACTIVE" => (
            "thiết bị đang làm dở việc khác",
            "the token is in the middle of something else",
        ),
        "CKR_OPERATION_NOT_INITIALIZED" => (
            "bước trước của việc ký chưa được bắt đầu",
            "the step before was not begun",
        ),
        "CKR_OPERATION_CANCEL_FAILED" => (
            "không hủy được việc đang làm",
            "the call could not be cancelled",
        ),
        "CKR_OPERATION_NOT_VALIDATED" => (
            "việc này chưa được kiểm định trên thiết bị",
            "the operation is not validated on this token",
        ),
        "CKR_PENDING" => ("việc chưa làm xong", "the call is still under way"),

        // starting
        "CKR_CRYPTOKI_NOT_INITIALIZED" => (
            "trình điều khiển chưa khởi động",
            "the driver is not started",
        ),
        "CKR_CRYPTOKI_ALREADY_INITIALIZED" => (
            "trình điều khiển đã khởi động rồi",
            "the driver is started already",
        ),
        "CKR_NEED_TO_CREATE_THREADS" => (
            "trình điều khiển cần tạo luồng riêng",
            "the driver needs threads of its own",
        ),
        "CKR_CANT_LOCK" => (
            "trình điều khiển không dùng được khóa đồng bộ của hệ điều hành",
            "the driver cannot use the system’s locks",
        ),
        "CKR_MUTEX_BAD" => ("khóa đồng bộ bên trong bị hỏng", "an inner lock is bad"),
        "CKR_MUTEX_NOT_LOCKED" => (
            "khóa đồng bộ bên trong chưa được giữ",
            "an inner lock is not held",
        ),
        "CKR_LIBRARY_LOAD_FAILED" => (
            "thiếu thư viện mà trình điều khiển cần",
            "a library the driver needs is missing",
        ),
        "CKR_FIPS_SELF_TEST_FAILED" => (
            "thiết bị tự kiểm tra không đạt, không được dùng nữa",
            "the token failed its self-test and may not be used",
        ),
        "CKR_NO_EVENT" => (
            "không có thiết bị nào cắm vào hay rút ra",
            "no token came or went",
        ),

        // token and session
        "CKR_DEVICE_ERROR" => (
            "thiết bị hoặc đầu đọc bị lỗi",
            "the token or its reader has a fault",
        ),
        "CKR_DEVICE_MEMORY" => ("thiết bị hết bộ nhớ", "the token is out of memory"),
        "CKR_DEVICE_REMOVED" => (
            "thiết bị bị rút ra giữa chừng",
            "the token was pulled out meanwhile",
        ),
        "CKR_TOKEN_NOT_PRESENT" => ("không có thiết bị trong khe cắm", "no token is in the slot"),
        "CKR_TOKEN_NOT_RECOGNIZED" => (
            "trình điều khiển không nhận ra thiết bị",
            "the driver does not recognise the token",
        ),
        "CKR_TOKEN_WRITE_PROTECTED" => ("thiết bị không cho ghi", "the token is write-protected"),
        "CKR_TOKEN_NOT_INITIALIZED" => (
            "thiết bị chưa được khởi tạo",
            "the token is not initialised",
        ),
        "CKR_TOKEN_RESOURCE_EXCEEDED" => {
            ("thiết bị không đủ tài nguyên", "the token lacks resources")
        }
        "CKR_SESSION_CLOSED" => (
            "phiên làm việc bị đóng giữa chừng",
            "the session was closed meanwhile",
        ),
        "CKR_SESSION_COUNT" => (
            "thiết bị đã mở quá nhiều phiên",
            "too many sessions are open",
        ),
        "CKR_SESSION_HANDLE_INVALID" => (
            "phiên làm việc không còn hiệu lực",
            "the session is no longer valid",
        ),
        "CKR_SESSION_PARALLEL_NOT_SUPPORTED" => (
            "không hỗ trợ phiên song song",
            "parallel sessions are not supported",
        ),
        "CKR_SESSION_READ_ONLY" => ("phiên chỉ cho đọc", "the session is read-only"),
        "CKR_SESSION_EXISTS" => (
            "đang có phiên khác mở trên thiết bị",
            "another session is open",
        ),
        "CKR_SESSION_READ_ONLY_EXISTS" => (
            "đang có phiên chỉ đọc nên chưa đăng nhập quản trị được",
            "a read-only session keeps the officer from logging in",
        ),
        "CKR_SESSION_READ_WRITE_SO_EXISTS" => (
            "người quản trị thiết bị đang đăng nhập",
            "the token’s officer is logged in",
        ),
        "CKR_SESSION_ASYNC_NOT_SUPPORTED" => (
            "không hỗ trợ phiên bất đồng bộ",
            "asynchronous sessions are not supported",
        ),
        "CKR_SAVED_STATE_INVALID" => (
            "trạng thái lưu trước đó không dùng được",
            "a saved state is invalid",
        ),
        "CKR_STATE_UNSAVEABLE" => ("trạng thái không lưu được", "the state cannot be saved"),

        // PIN and user
        "CKR_PIN_INCORRECT" => ("sai mã PIN", "wrong PIN"),
        "CKR_PIN_INVALID" => (
            "mã PIN có ký tự không hợp lệ",
            "the PIN has invalid characters",
        ),
        "CKR_PIN_LEN_RANGE" => (
            "mã PIN quá ngắn hoặc quá dài",
            "the PIN is too short or too long",
        ),
        "CKR_PIN_EXPIRED" => (
            "mã PIN đã hết hạn, phải đổi",
            "the PIN has expired and must be changed",
        ),
        "CKR_PIN_LOCKED" => ("mã PIN đã bị khóa", "the PIN is locked"),
        "CKR_PIN_TOO_WEAK" => ("mã PIN quá dễ đoán", "the PIN is too easy to guess"),
        "CKR_USER_ALREADY_LOGGED_IN" => ("đã đăng nhập rồi", "somebody is logged in already"),
        "CKR_USER_NOT_LOGGED_IN" => (
            "chưa đăng nhập, hoặc phiên đăng nhập đã mất",
            "nobody is logged in, or the login was lost",
        ),
        "CKR_USER_PIN_NOT_INITIALIZED" => (
            "mã PIN người dùng chưa được đặt",
            "the user PIN was never set",
        ),
        "CKR_USER_TYPE_INVALID" => (
            "loại người dùng không được chấp nhận",
            "the kind of user is not accepted",
        ),
        "CKR_USER_ANOTHER_ALREADY_LOGGED_IN" => {
            ("người khác đang đăng nhập", "somebody else is logged in")
        }
        "CKR_USER_TOO_MANY_TYPES" => (
            "quá nhiều loại người dùng cùng đăng nhập",
            "too many kinds of user are logged in",
        ),
        "CKR_NEW_PIN_MODE" => (
            "thiết bị OTP đòi đặt mã mới",
            "the OTP token wants a new PIN",
        ),
        "CKR_NEXT_OTP" => (
            "thiết bị OTP đòi mã kế tiếp",
            "the OTP token wants the next code",
        ),

        // key and mechanism
        "CKR_KEY_HANDLE_INVALID" => (
            "khóa không còn trên thiết bị",
            "the key is no longer on the token",
        ),
        "CKR_KEY_SIZE_RANGE" => (
            "độ dài khóa không được hỗ trợ",
            "the key’s length is not supported",
        ),
        "CKR_KEY_TYPE_INCONSISTENT" => (
            "loại khóa không hợp với kiểu ký",
            "the kind of key does not fit the mechanism",
        ),
        "CKR_KEY_NOT_NEEDED" => ("không cần khóa cho việc này", "no key is needed"),
        "CKR_KEY_CHANGED" => ("khóa đã bị thay đổi", "the key has changed"),
        "CKR_KEY_NEEDED" => ("thiếu khóa cho việc này", "a key is needed"),
        "CKR_KEY_INDIGESTIBLE" => ("khóa không băm được", "the key cannot be digested"),
        "CKR_KEY_FUNCTION_NOT_PERMITTED" => (
            "khóa không được phép dùng để ký",
            "the key may not be used to sign",
        ),
        "CKR_KEY_NOT_WRAPPABLE" => ("khóa không bọc được", "the key cannot be wrapped"),
        "CKR_KEY_UNEXTRACTABLE" => (
            "khóa không lấy ra khỏi thiết bị được",
            "the key cannot leave the token",
        ),
        "CKR_KEY_EXHAUSTED" => (
            "khóa đã dùng hết số lần ký",
            "the key has no signatures left",
        ),
        "CKR_PUBLIC_KEY_INVALID" => ("khóa công khai không hợp lệ", "the public key is invalid"),
        "CKR_OBJECT_HANDLE_INVALID" => (
            "đối tượng không còn trên thiết bị",
            "the object is no longer on the token",
        ),
        "CKR_MECHANISM_INVALID" => (
            "thiết bị không có kiểu ký này",
            "the token lacks this mechanism",
        ),
        "CKR_MECHANISM_PARAM_INVALID" => (
            "tham số của kiểu ký không được chấp nhận",
            "the mechanism’s parameters are not accepted",
        ),
        "CKR_PARAMETER_SET_NOT_SUPPORTED" => (
            "bộ tham số không được hỗ trợ",
            "the parameter set is not supported",
        ),
        "CKR_DOMAIN_PARAMS_INVALID" => (
            "tham số đường cong không hợp lệ",
            "the domain parameters are invalid",
        ),
        "CKR_CURVE_NOT_SUPPORTED" => (
            "thiết bị không hỗ trợ đường cong này",
            "the token does not support this curve",
        ),
        "CKR_SIGNATURE_INVALID" => ("chữ ký không đúng", "the signature is wrong"),
        "CKR_SIGNATURE_LEN_RANGE" => ("chữ ký sai độ dài", "the signature has a wrong length"),

        // data and attributes
        "CKR_DATA_INVALID" => ("dữ liệu đưa vào không hợp lệ", "the data is invalid"),
        "CKR_DATA_LEN_RANGE" => ("dữ liệu đưa vào sai độ dài", "the data has a wrong length"),
        "CKR_ENCRYPTED_DATA_INVALID" => (
            "dữ liệu mã hóa không hợp lệ",
            "the encrypted data is invalid",
        ),
        "CKR_ENCRYPTED_DATA_LEN_RANGE" => (
            "dữ liệu mã hóa sai độ dài",
            "the encrypted data has a wrong length",
        ),
        "CKR_AEAD_DECRYPT_FAILED" => (
            "dữ liệu mã hóa không giải được",
            "the encrypted data does not decrypt",
        ),
        "CKR_ATTRIBUTE_READ_ONLY" => (
            "thuộc tính không cho sửa",
            "the attribute cannot be changed",
        ),
        "CKR_ATTRIBUTE_SENSITIVE" => (
            "thuộc tính bí mật, không đọc được",
            "the attribute is secret",
        ),
        "CKR_ATTRIBUTE_TYPE_INVALID" => (
            "thiết bị không có thuộc tính này",
            "the token lacks this attribute",
        ),
        "CKR_ATTRIBUTE_VALUE_INVALID" => (
            "giá trị thuộc tính không hợp lệ",
            "the attribute’s value is invalid",
        ),
        "CKR_ACTION_PROHIBITED" => (
            "chính sách của thiết bị không cho phép",
            "the token’s policy forbids it",
        ),
        "CKR_TEMPLATE_INCOMPLETE" => (
            "mô tả đối tượng còn thiếu",
            "the object’s template is incomplete",
        ),
        "CKR_TEMPLATE_INCONSISTENT" => (
            "mô tả đối tượng mâu thuẫn",
            "the object’s template contradicts itself",
        ),
        "CKR_INFORMATION_SENSITIVE" => (
            "thông tin bí mật, không đọc được",
            "the information is secret",
        ),
        "CKR_EXCEEDED_MAX_ITERATIONS" => (
            "tính toán trên thiết bị vượt số vòng cho phép",
            "the token gave up after too many rounds",
        ),

        // wrapping and randomness: never asked for by this program
        "CKR_UNWRAPPING_KEY_HANDLE_INVALID" => (
            "khóa dùng để mở bọc không còn",
            "the unwrapping key is gone",
        ),
        "CKR_UNWRAPPING_KEY_SIZE_RANGE" => (
            "khóa mở bọc sai độ dài",
            "the unwrapping key has a wrong length",
        ),
        "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT" => (
            "khóa mở bọc sai loại",
            "the unwrapping key is of a wrong kind",
        ),
        "CKR_WRAPPED_KEY_INVALID" => ("khóa được bọc không hợp lệ", "the wrapped key is invalid"),
        "CKR_WRAPPED_KEY_LEN_RANGE" => (
            "khóa được bọc sai độ dài",
            "the wrapped key has a wrong length",
        ),
        "CKR_WRAPPING_KEY_HANDLE_INVALID" => {
            ("khóa dùng để bọc không còn", "the wrapping key is gone")
        }
        "CKR_WRAPPING_KEY_SIZE_RANGE" => {
            ("khóa bọc sai độ dài", "the wrapping key has a wrong length")
        }
        "CKR_WRAPPING_KEY_TYPE_INCONSISTENT" => {
            ("khóa bọc sai loại", "the wrapping key is of a wrong kind")
        }
        "CKR_RANDOM_SEED_NOT_SUPPORTED" => (
            "không nhận hạt giống ngẫu nhiên",
            "random seeds are not taken",
        ),
        "CKR_RANDOM_NO_RNG" => (
            "thiết bị không có bộ sinh số ngẫu nhiên",
            "the token has no random generator",
        ),
        "CKR_SEED_RANDOM_REQUIRED" => (
            "thiết bị cần hạt giống ngẫu nhiên trước",
            "the token needs a random seed first",
        ),
        _ => return None,
    };
    Some(lang.pick(vi, en))
}

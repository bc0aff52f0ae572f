"""Every kind of broken input that is known, each a real file,
and the page of docs that shows what each one gets.

`python tests/broken_inputs.py` writes docs/loi-dau-vao.md anew;
a test holds the page to what the code says.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from datetime import datetime
from pathlib import Path

from breaking import (
    FOLDER,
    Case,
    both_homes,
    cell,
    copy_sheet,
    drop_column,
    drop_sheet,
    extra_sheet,
    form,
    hide,
    issue_of,
    line,
    long_sheet,
    no_heading,
    outcome,
    raw,
    recoded,
    rename,
    row_of,
    second_heading,
    stamp,
    zipped,
)
from broken_texts import CASES as TEXT_CASES
from broken_texts import rows
from broken_workbooks import WORKBOOKS
from sample_project import write

PAGE = Path(__file__).parents[1] / "docs/loi-dau-vao.md"
TCVN3 = "Sè liÖu mÉu, kh«ng cã thËt"
VNI = "Soá lieäu maãu, khoâng coù thaät"

CASES = (
    # numbers
    Case("số chữ hai cách hiểu: 1.234", cell("G7", "1.234"), "so_hai_nghia", "G7"),
    Case("số chữ hai cách hiểu: 1,234", cell("G7", "1,234"), "so_hai_nghia", "G7"),
    Case(
        "số chữ hai cách hiểu trong CSV chấm phẩy",
        recoded(lambda text: text.replace(",", ";").encode()),
        "so_hai_nghia",
        "D2",
    ),
    Case("số viết bằng chữ: mười hai", cell("G7", "mười hai"), "khong_phai_so", "G7"),
    Case("số kèm đơn vị: 24 vụ", cell("G7", "24 vụ"), "khong_phai_so", "G7"),
    Case("gạch ngang thay cho trống", cell("G10", "-"), "khong_phai_so", "G10"),
    Case("dấu x thay cho có", cell("G10", "x"), "khong_phai_so", "G10"),
    Case("dấu ~ trước số", cell("G7", "~24"), "khong_phai_so", "G7"),
    Case("nhóm hàng nghìn sai: 12.34.567", cell("G7", "12.34.567"), "khong_phai_so", "G7"),
    Case("số mũ gõ thành chữ: 1e3", cell("G7", "1e3"), "khong_phai_so", "G7"),
    Case("NaN gõ thành chữ", cell("G7", "NaN"), "khong_phai_so", "G7"),
    Case("ô TRUE/FALSE", cell("G7", True), "khong_phai_so", "G7"),
    Case("ô số bị Excel đổi thành ngày", cell("G7", datetime(2023, 5, 12)), "khong_phai_so", "G7"),
    Case("số âm trong ngoặc: (5)", cell("G7", "(5)"), "khong_phai_so", "G7"),
    Case("chữ O thay số 0: 1O", cell("G7", "1O"), "khong_phai_so", "G7"),
    Case("số quá lớn", cell("G7", 10**16), "so_lon", "G7"),
    Case("số lẻ ở chỉ tiêu đếm", cell("G7", 24.5), "so_le", "G7"),
    Case("nhiều chữ số thập phân hơn mức", cell("H6", 301.14951), "so_le", "H6"),
    Case("ô định dạng % ở chỉ tiêu không phải %", cell("G7", 0.24, "0%"), "phan_tram", "G7"),
    Case("chữ 24% ở chỉ tiêu không phải %", cell("G7", "24%"), "phan_tram", "G7"),
    # Excel
    Case("lỗi #REF!", cell("G7", "#REF!"), "loi_excel", "G7"),
    Case("lỗi #DIV/0!", cell("G7", "#DIV/0!"), "loi_excel", "G7"),
    Case("lỗi #N/A", cell("G7", "#N/A"), "loi_excel", "G7"),
    Case("lỗi #NAME? ở ô chữ", cell("I7", "#NAME?"), "loi_excel", "I7"),
    Case("công thức chưa có kết quả", cell("G7", "=G8+G9"), "cong_thuc_chua_tinh", "G7"),
    Case("tệp .xlsx hỏng", raw(b"PK\x03\x04 hong"), "xlsx"),
    Case("tệp .xlsx rỗng", raw(b""), "xlsx"),
    Case("tệp zip không phải Excel", raw(zipped(a="b")), "xlsx"),
    Case("tệp CSV đổi đuôi thành .xlsx", raw(b"indicator,status\n"), "xlsx"),
    Case(
        "tệp đặt mật khẩu, hoặc .xls đổi đuôi",
        raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        "xlsx",
    ),
    Case("tệp .xls cũ", raw(b"\xd0\xcf\x11\xe0", f"{FOLDER}.xls"), "xlsx"),
    Case("tệp .ods", raw(b"PK", f"{FOLDER}.ods"), "xlsx"),
    Case("thiếu trang Số liệu", form(drop_sheet), "thieu_bang"),
    Case("hai trang cùng bảng", form(copy_sheet), "trang_tinh"),
    Case("trang tính đổi tên", form(rename), "trang_doi_ten", exit_code=0),
    Case("trang tính bị ẩn", form(hide), "trang_an", exit_code=0),
    Case("trang tính thừa", form(extra_sheet), "trang_thua", exit_code=0),
    Case("biểu của đơn vị khác", form(stamp(1, "sa-dec")), "bieu_khac"),
    Case("biểu của kỳ khác", form(stamp(2, "2022-H1")), "bieu_khac"),
    # headings and rows
    Case("mất dòng tiêu đề", form(no_heading), "bang_trong"),
    Case("xóa cột Mã chỉ tiêu", form(drop_column), "thieu_cot"),
    Case("cột lạ", cell("M5", "Xếp loại"), "cot_la", "M5"),
    Case("tiêu đề gõ sai", cell("G5", "Thực hiên"), "cot_la", "G5"),
    Case("hai cột cùng tiêu đề", form(second_heading), "cot_trung", "J5"),
    Case("cột của năm khác", cell("E5", "Kế hoạch năm 2022"), "cot_nam", "E5"),
    Case("mốc ngày không có thật ở tiêu đề", cell("F5", "Thực hiện đến 31/4/2023"), "cot_la", "F5"),
    Case(
        "mốc ngày ngoài kỳ ở tiêu đề", cell("F5", "Thực hiện đến 30/9/2023"), "ngay_ngoai_ky", "F6"
    ),
    Case("ô thừa bên phải", cell("N7", "ghi thêm"), "thua_o", "N7"),
    Case("mã chỉ tiêu gõ sai", cell("A7", "vu_nham"), "chi_tieu_la", "A7"),
    Case("mất mã chỉ tiêu", cell("A7", None), "o_trong", "A7"),
    Case("đổi đơn vị tính", cell("C6", "triệu đồng"), "don_vi_tinh", "C6"),
    Case(
        "dòng lặp", form(row_of("vu_nhan", None, "vụ", None, None, None, 25)), "dong_trung", "G12"
    ),
    Case(
        "dòng tổng cộng",
        form(row_of("Tổng cộng", None, None, None, None, None, 48)),
        "dong_tong",
        "A12",
        0,
    ),
    Case(
        "nhập chỉ tiêu được tính",
        form(row_of("ty_le_thanh", None, "%", None, None, None, 95.83)),
        "so_tinh",
        "A12",
    ),
    Case("dòng ký tên cuối biểu", form(row_of(None, "Người lập biểu")), "o_trong", "A12"),
    Case("chữ gõ TCVN3", cell("I7", TCVN3), "ma_ky_tu", "I7"),
    Case("chữ gõ VNI", cell("I7", VNI), "ma_ky_tu", "I7"),
    Case(
        "loại số liệu gõ sai", long_sheet(("vu_thanh", "thực hiên", None, 2)), "loai_so_lieu", "B4"
    ),
    Case(
        "kỳ gõ sai", long_sheet(("vu_thanh", "thực hiện", None, 2, "6 tháng")), "ky_bao_cao", "E4"
    ),
    Case(
        "kỳ sau kỳ của tệp",
        long_sheet(("vu_thanh", "thực hiện", None, 2, "2023-H2")),
        "ky_sau",
        "E4",
    ),
    # days
    Case(
        "ngày không có thật: 31/6/2023",
        long_sheet(("vu_thanh", "thực hiện", "31/6/2023", 2)),
        "ngay",
        "C4",
    ),
    Case(
        "tháng trước ngày: 6/30/2023",
        long_sheet(("vu_thanh", "thực hiện", "6/30/2023", 2)),
        "ngay",
        "C4",
    ),
    Case(
        "năm hai chữ số: 30/6/23", long_sheet(("vu_thanh", "thực hiện", "30/6/23", 2)), "ngay", "C4"
    ),
    Case("số không phải ngày", long_sheet(("vu_thanh", "thực hiện", 20230630, 2)), "ngay", "C4"),
    Case(
        "ngày kèm giờ",
        long_sheet(("vu_thanh", "thực hiện", datetime(2023, 6, 30, 14, 5), 2)),
        "ngay",
        "C4",
    ),
    Case(
        "ngày ngoài kỳ",
        long_sheet(("vu_thanh", "thực hiện", "01/7/2023", 2)),
        "ngay_ngoai_ky",
        "C4",
    ),
    # CSV
    Case(
        "CSV mã TCVN3",
        recoded(lambda text: text.replace("số liệu mẫu", TCVN3).encode("cp1252", "ignore")),
        "ma_ky_tu",
    ),
    Case(
        "CSV lưu dạng Unicode Text (UTF-16)",
        recoded(lambda text: "số liệu".encode("utf-16")),
        "ma_ky_tu",
    ),
    Case("CSV mở ngoặc kép không đóng", line("24,,số liệu", '24,,"số liệu'), "csv"),
    Case(
        "CSV thiếu dấu phẩy",
        line("vu_nhan,actual,,24,", "vu_nhan actual,,24,"),
        "chi_tieu_la",
        "A5",
    ),
    Case(
        "CSV thừa ô vì dấu phẩy", line("24,,số liệu mẫu,", "24,,số liệu, mẫu, thêm"), "thua_o", "H5"
    ),
    Case("CSV chỉ có tiêu đề của bảng khác", line("indicator,status", "id,name"), "cot_la", "A1"),
    Case("CSV trống", recoded(lambda text: b""), "bang_trong"),
    Case(
        "tệp đặt tên sai",
        lambda root: (root / FOLDER / "documents.csv").rename(root / FOLDER / "document.csv"),
        "tep_la",
    ),
    Case("không có số liệu của kỳ", lambda root: shutil.rmtree(root / FOLDER), "thieu_tep"),
    Case("số liệu ở hai nơi", both_homes, "hai_nguon"),
    # other tables
    Case("văn bản thiếu số, ký hiệu", line("01/KH-MAU,", ",", "documents"), "o_trong", "A2"),
    Case("mã sự kiện có dấu", line("hoi_mau", "hội mẫu", "events"), "ma", "A2"),
    Case("lượt khách lẻ", line("44237", "44237.5", "events"), "so_nguyen", "E2"),
    # data that contradict themselves
    Case("tổng khác thành phần", cell("G9", 2), "tong_thanh_phan", "G7", 6),
    Case("bộ phận lớn hơn tổng", cell("G8", 25), "vuot_tong", "G8", 6),
    Case("thiếu số liệu bắt buộc", cell("G7", None), "thieu_so_lieu", "", 6),
    Case(
        "văn bản sau kỳ", line("2023-01-05", "2023-07-03", "documents"), "van_ban_sau_ky", "A2", 6
    ),
    Case(
        "sự kiện kết thúc trước khi bắt đầu",
        line("2023-02-07", "2023-02-01", "events"),
        "ngay_su_kien",
        "A2",
        6,
    ),
    Case(
        "số văn bản sau mà ngày trước",
        line("02/KH-MAU,Kế hoạch,,", "02/KH-MAU,Kế hoạch,2023-01-03,", "documents"),
        "thu_tu_van_ban",
        "A3",
        0,
    ),
    Case(
        "văn bản đề ngày nghỉ",
        line("2023-02-01,Ủy", "2023-02-04,Ủy", "documents"),
        "ngay_nghi",
        "A4",
        0,
    ),
)
CASES += WORKBOOKS


def page() -> str:
    """Write the page of docs."""
    lines = [
        "# Lỗi dữ liệu đầu vào và thông báo tương ứng\n",
        (
            "Trang này do `python tests/broken_inputs.py` ghi từ chính các tệp hỏng của bộ kiểm"
            " thử, nên luôn đúng với chương trình."
        ),
        (
            f"Có {len(CASES) + len(TEXT_CASES)} loại; không loại nào làm chương trình dừng bất"
            " thường, bị bỏ qua lặng lẽ hay làm đổi tệp đã có."
        ),
        (
            "Mã kết thúc: 0 (chỉ lưu ý hoặc cảnh báo), 2 (tham số), 3 (số liệu đọc không được), 4"
            " (sổ tay, thuyết minh), 5 (kết xuất), 6 (đọc được nhưng mâu thuẫn hoặc thiếu).\n"
        ),
        "## Bảng số liệu\n",
        "| Lỗi | Ô | Thông báo | Quy tắc | Mã kết thúc |",
        "|---|---|---|---|---|",
    ]
    for case in CASES:
        code, issues = outcome(case)
        found = issue_of(case, issues)
        if not case.rule:
            lines.append(f"| {case.kind} | | Đọc đúng: {case.reads[1]} | | {code} |")
            continue
        parts = (
            found["message"],
            found["found"] and f"có “{found['found']}”",
            found["expected"] and f"cần {found['expected']}",
        )
        message = ": ".join(
            part for part in (parts[0], ", ".join(part for part in parts[1:] if part)) if part
        )
        text = f"{message}. {found['todo']}".strip().replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {case.kind} | {found['cell']} | {text} | `{case.rule}` | {code} |")
    lines += ["\n## Tham số, thuyết minh, tên tệp\n", *rows()]
    return unicodedata.normalize("NFC", "\n".join(lines) + "\n")


if __name__ == "__main__":
    write(PAGE, page())
    sys.stdout.write(f"{PAGE}\n")

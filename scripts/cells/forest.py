if __name__ == "__main__":
    judged = [row for row in differences if row["better"] != "neither"]
    better, worse = (sum(row["verdict"] == word for row in judged) for word in ("better", "worse"))
    finding = f"{MODEL_NAME}: {better} of {len(judged)} measures better after tuning, {worse} worse"
    in_words = [f"{row['label']} {row['base']:.3g} to {row['tuned']:.3g}, {row['verdict']}" for row in judged]
    save_figure(forest_plot({finding: judged}), "differences", f"{finding}. {'; '.join(in_words)}")
